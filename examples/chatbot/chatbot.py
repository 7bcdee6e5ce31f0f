"""A chatbot for the terminal: it answers with sources, asks back once, and hands over to the shop's people.

All that it knows of a conversation it keeps itself and sends along; Deskhand decides what to say next.
"""

from __future__ import annotations

import argparse
import sys
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2

TIMEOUT_S = 30.0
# As much of a conversation as POST /v1/answers takes; a long one goes on with its last turns.
MAX_TURNS = 100
MAX_TURN_CHARS = 10_000
CONNECTOR = "terminal-bot"


class ServiceError(Exception):
    """Deskhand cannot be reached, or refused a request; the text says what to do."""


class Deskhand:
    """The three routes that a bot needs."""

    def __init__(self, url: str, key: str) -> None:
        self._client = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=TIMEOUT_S)

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Ask what to say next."""
        return self._call("POST", "/v1/answers", question)

    def store(self, message: dict[str, Any]) -> dict[str, Any]:
        """Store a message as a ticket; a repeat with the same `external_id` is not stored twice."""
        return self._call("POST", "/v1/messages", message)

    def hours(self) -> list[dict[str, Any]]:
        """Ask when the teams are at work."""
        teams: list[dict[str, Any]] = self._call("GET", "/v1/hours")["items"]
        return teams

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = self._client.request(method, path, json=body)
        except httpx2.HTTPError as error:
            raise ServiceError(f"{self._client.base_url} does not answer ({error}): is `deskhand serve` up?") from error
        content: dict[str, Any] = response.json()
        if response.is_success:
            return content
        problem = content["error"]
        raise ServiceError(f"{path}: {problem['message']}. {problem.get('hint') or ''}".rstrip())


@dataclass
class Conversation:
    """One conversation: its turns, the choices that were offered last, and the ticket once a person has it."""

    desk: Deskhand
    known: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: f"terminal-{uuid.uuid4()}")
    turns: list[dict[str, Any]] = field(default_factory=list)
    choices: list[dict[str, Any]] = field(default_factory=list)
    ticket: str | None = None

    def say(self, words: str) -> list[str]:
        """Take the customer's words and return the lines to show."""
        if self.ticket is not None:
            return self._add_to_ticket(words)
        choice = self._chosen(words)
        question = choice["label"] if choice else words
        turns = [{**turn, "text": turn["text"][:MAX_TURN_CHARS]} for turn in self.turns[-MAX_TURNS:]]
        body = {**self.known, "question": question, "conversation_id": self.id, "conversation": turns}
        if choice:
            body["choice"] = choice
        said = self.desk.answer({"channel": "chat", **body})
        self._remember(question, said)
        if said["action"] == "hand_off":
            return [said["text"], self._hand_over(said["hand_off"])]
        lines = [said["text"]]
        lines += [f"  {number}. {choice['label']}" for number, choice in enumerate(said["choices"], 1)]
        lines += [f"  [{source['title']}] {source['link'] or ''}".rstrip() for source in said["sources"]]
        return lines

    def _chosen(self, words: str) -> dict[str, Any] | None:
        """Return the choice whose number was typed."""
        if words.isdecimal() and 1 <= int(words) <= len(self.choices):
            return self.choices[int(words) - 1]
        return None

    def _remember(self, question: str, said: dict[str, Any]) -> None:
        self.choices = said["choices"]
        self.turns.append({"role": "customer", "text": question})
        # Action and sources go along, so that nothing is asked or answered twice, and choices, so that "yes" takes one.
        self.turns.append({"role": "bot", **{name: said[name] for name in ("text", "action", "sources", "choices")}})

    def _hand_over(self, packet: dict[str, Any]) -> str:
        """Store what the person needs as a ticket."""
        stored = self.desk.store({**packet["message"], **self._origin()})
        self.ticket = stored["ticket"]["id"]
        due = f", due {packet['due']}" if packet["due"] else ""
        return f"  (ticket {self.ticket} for the team {packet['team']['name']}{due}: {packet['why']})"

    def _add_to_ticket(self, words: str) -> list[str]:
        self.turns.append({"role": "customer", "text": words})
        message = {**self.known, "text": words, "channel": "chat", "thread": self.id, **self._origin()}
        self.desk.store(message)
        return [f"  (added to ticket {self.ticket})"]

    def _origin(self) -> dict[str, str]:
        return {"connector": CONNECTOR, "external_id": f"{self.id}-{len(self.turns)}"}


def greeting(teams: list[dict[str, Any]]) -> str:
    """Say whether people are at work, or when the first of them is back."""
    if any(team["is_open"] for team in teams):
        return "Hello! I look things up for you; our people are at work and take over where I cannot help."
    opening = [(team["opens_at"], team["time_zone"]) for team in teams if team["opens_at"]]
    if not opening:
        return "Hello! I look things up for you."
    moment, zone = min(opening)
    local = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
    return f"Hello! I look things up for you; our people are back on {local:%A, %d %B, %H:%M} ({zone})."


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where Deskhand listens")
    parser.add_argument("--key-file", type=Path, default=Path(".deskhand/admin.key"), help="file with the key of a bot")
    parser.add_argument("--language", help="code of the customer's language, where you know it")
    parser.add_argument("--market", help="the customer's country, as DE")
    parser.add_argument("--customer", help="your number of the customer, where they are signed in")
    parser.add_argument("--level", help="the customer's level, as vip")
    return parser.parse_args()


def known(given: argparse.Namespace) -> dict[str, Any]:
    """Return what the bot knows for certain of the customer."""
    customer = {name: value for name, value in (("id", given.customer), ("level", given.level)) if value}
    found = {"language": given.language, "market": given.market, "customer": customer}
    return {name: value for name, value in found.items() if value}


def main() -> int:
    """Talk until the input ends."""
    given = options()
    try:
        desk = Deskhand(given.url, given.key_file.read_text(encoding="utf-8").strip())
        print(greeting(desk.hours()), flush=True)
        conversation = Conversation(desk, known(given))
        for line in sys.stdin:
            if line.strip():
                print("\n".join(conversation.say(line.strip())), flush=True)
    except OSError as error:
        print(f"{given.key_file} cannot be read: {error.strerror}. Name your key's file: --key-file", file=sys.stderr)
        return 1
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
