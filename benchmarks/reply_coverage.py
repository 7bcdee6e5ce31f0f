"""Whether messages get a suggestion: in the customer's language, and for the right intent.

The messages are those of the corpus' test split, which the bundle never saw: situations that it knows (`random`) and
situations that it does not (`unseen`). Nothing is known of customers and orders, as on the worst day. Run it with
`python -m benchmarks reply_coverage`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.report import Target
from models.bundle import Bundle
from replies.library import load_folder
from replies.suggest import Replies
from tickets.records import Channel, Message
from training.splits import split
from training.utterances import read_corpus
from triage.parts import Parts
from triage.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tickets.records import Decision
    from training.utterances import Utterance

TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Case:
    """A message and what was decided on it."""

    utterance: Utterance
    decision: Decision

    @property
    def is_decided(self) -> bool:
        """Whether the model named an intent."""
        return self.decision.intent is not None

    @property
    def is_answered(self) -> bool:
        """Whether a suggestion is in the language that the customer wrote."""
        return any(offer.language == self.utterance.language for offer in self.decision.suggestions)

    @property
    def starts_in_language(self) -> bool:
        """Whether the first suggestion is in the language that the customer wrote."""
        return bool(self.decision.suggestions) and self.decision.suggestions[0].language == self.utterance.language

    @property
    def is_right(self) -> bool:
        """Whether the first guess is the intent."""
        return bool(self.decision.intents) and self.decision.intents[0].name == self.utterance.intent

    @property
    def suggests_right(self) -> bool:
        """Whether the first suggestion is made for the intent."""
        return bool(self.decision.suggestions) and self.decision.suggestions[0].intent == self.utterance.intent


def decide(utterances: Sequence[Utterance], channel: Channel | None = None) -> list[Case]:
    """Decide messages as the service does, without a knowledge base and without orders."""
    pipeline = Pipeline(Parts(Bundle.load(Bundle.default_path()), replies=Replies(load_folder()[0])))
    found: list[Case] = []
    for start in range(0, len(utterances), TOGETHER):
        part = utterances[start : start + TOGETHER]
        decisions = pipeline.decide([Message(item.text, channel=channel) for item in part])
        found += [Case(*pair) for pair in zip(part, decisions, strict=True)]
    return found


def figures(cases: Sequence[Case]) -> dict[str, Any]:
    """Return the shares of one set of messages."""
    decided = [case for case in cases if case.is_decided]
    known = [case for case in decided if case.decision.language.code == case.utterance.language]
    languages = sorted({case.utterance.language or "und" for case in cases})
    return {
        "messages": len(cases),
        "decided": len(decided),
        "suggestion_in_language_of_decided": share(case.is_answered for case in decided),
        "first_in_language_of_decided": share(case.starts_in_language for case in decided),
        "suggestion_in_language_where_it_was_recognised": share(case.is_answered for case in known),
        "intent_right": share(case.is_right for case in cases),
        "first_suggestion_of_the_right_intent": share(case.suggests_right for case in cases),
        "intent_right_of_decided": share(case.is_right for case in decided),
        "first_suggestion_right_of_decided": share(case.suggests_right for case in decided),
        "right_intent_but_another_first_suggestion": dict(
            Counter(case.utterance.intent for case in cases if case.is_right and not case.suggests_right).most_common(5)
        ),
        "in_language_by_language": {
            language: share(case.is_answered for case in decided if case.utterance.language == language)
            for language in languages
        },
    }


def share(flags: Iterable[bool]) -> float | None:
    """Return the share of true values, None of nothing."""
    listed = list(flags)
    return round(sum(listed) / len(listed), 4) if listed else None


def measure(count: int | None) -> dict[str, Any]:
    """Decide the test messages, or `count` of each part."""
    parts = split(read_corpus([]).utterances)
    sets = {"random": parts.random, "unseen": parts.unseen}
    found = {name: figures(decide(_drawn(utterances, count))) for name, utterances in sets.items()}
    targets = [
        target
        for name, found_here in found.items()
        for target in (
            Target(
                f"a suggestion in the customer's language, of decided messages ({name})",
                found_here["suggestion_in_language_of_decided"],
                0.98,
                at_least=True,
            ),
            Target(
                f"first suggestion of the right intent, as often as the intent is right, of decided messages ({name})",
                found_here["first_suggestion_right_of_decided"],
                found_here["intent_right_of_decided"] or 0.0,
                at_least=True,
            ),
        )
    ]
    return {"figures": found, "targets": [target.as_json() for target in targets]}


def _drawn(utterances: Sequence[Utterance], count: int | None) -> list[Utterance]:
    """Return the messages whose language is known: all, or `count` spread evenly over them."""
    known = [item for item in utterances if item.language]
    return known if count is None else known[:: max(len(known) // count, 1)][:count]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, help="of each part; left out: all")
    print(json.dumps(measure(parser.parse_args().messages), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
