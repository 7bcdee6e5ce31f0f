"""Labelled messages: the corpus format (TSV) and JSON lines, read with every broken line named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.text import clean
from tickets.errors import InvalidInputError

_ENTITY = re.compile(r"\{([a-z]+):([^{}]*)\}")
_FIELDS = frozenset(("text", "intent", "language", "sentiment", "escalate", "also", "scenario", "channel", "reasons"))
_LONGEST = 50_000
CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One labelled message; what is not known is None. `where` is file:line, `scenario` is `intent.nr`."""

    text: str
    intent: str
    language: str | None = None
    sentiment: int | None = None
    escalate: bool | None = None
    also: tuple[str, ...] = ()
    scenario: str | None = None
    channel: str | None = None
    reasons: tuple[str, ...] = ()
    entities: tuple[tuple[str, int, int], ...] = ()
    where: str = ""


def wording(utterance: Utterance) -> str:
    """Return what the customer wrote, as serving sees it: without quoted mails and signatures."""
    return clean(utterance.text).text or utterance.text


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that could not be used."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was read: the good lines, and the others with their reasons."""

    utterances: tuple[Utterance, ...]
    refused: tuple[Refused, ...]


def corpus_files(paths: list[Path]) -> list[Path]:
    """Return the message files under `paths` (`*.tsv`, `*.jsonl`), the shipped corpus where `paths` is empty.

    Raises:
        InvalidInputError: A path is missing or holds no message file.

    """
    files: list[Path] = []
    for path in paths or [CORPUS / "messages"]:
        if path.is_dir():
            base = path / "messages" if (path / "messages").is_dir() else path
            inside = sorted(file for file in base.iterdir() if file.suffix in {".tsv", ".jsonl"})
            files.extend(file for file in inside if file.name != "scenarios.tsv")
        elif path.is_file():
            files.append(path)
        else:
            raise InvalidInputError(f"{path} does not exist", field=str(path), hint="name a .tsv or .jsonl file")
    if not files:
        raise InvalidInputError(
            f"no .tsv or .jsonl file under {', '.join(map(str, paths))}",
            field="corpus",
            hint="name message files or a folder that holds some; the format is in docs/corpus-format.md",
        )
    return files


def read_corpus(paths: list[Path]) -> Corpus:
    """Read all files under `paths`; a broken line is refused by file and line, the rest is kept."""
    good: list[Utterance] = []
    bad: list[Refused] = []
    for path in corpus_files(paths):
        for item in _read_file(path):
            (good if isinstance(item, Utterance) else bad).append(item)  # type: ignore[arg-type]
    return Corpus(tuple(good), tuple(bad))


def _read_file(path: Path) -> Iterator[Utterance | Refused]:
    parse = _parse_json if path.suffix == ".jsonl" else _parse_tsv
    with path.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            where = f"{path}:{number}"
            try:
                line = raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                yield Refused(where, f"byte {error.start + 1} is no UTF-8; save the file as UTF-8")
                continue
            if line.strip():
                yield parse(line, where, path.stem)


def _parse_tsv(line: str, where: str, stem: str) -> Utterance | Refused:
    fields = line.split("\t")
    if len(fields) not in (6, 7):
        return Refused(where, f"{len(fields)} columns, expected 6 or 7 separated by tabs")
    scenario, channel, mood, risk, also, marked = fields[:6]
    if mood not in {"-2", "-1", "0", "1", "2"}:
        return Refused(where, f"sentiment {mood!r}, expected -2, -1, 0, 1 or 2")
    if risk not in {"0", "1"}:
        return Refused(where, f"escalate {risk!r}, expected 0 or 1")
    intent, _, number = scenario.rpartition(".")
    if not intent or not number.isdigit():
        return Refused(where, f"scenario {scenario!r}, expected INTENT.NUMBER")
    text, entities = strip_markup(marked.replace("\\n", "\n"))
    if not text.strip():
        return Refused(where, "the text is empty")
    return Utterance(
        text=text,
        intent=intent,
        language=stem if re.fullmatch("[a-z]{2,3}", stem) else None,
        sentiment=int(mood),
        escalate=risk == "1",
        also=_names(also),
        scenario=scenario,
        channel=channel,
        reasons=_names(fields[6]) if len(fields) > 6 else (),
        entities=entities,
        where=where,
    )


def _parse_json(line: str, where: str, stem: str) -> Utterance | Refused:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Refused(where, f"no JSON: {error}")
    problem = _json_problem(row)
    if problem:
        return Refused(where, problem)
    also = row.get("also") or []
    mood = row.get("sentiment")
    risk = row.get("escalate")
    return Utterance(
        text=row["text"],
        intent=row["intent"],
        language=row.get("language"),
        sentiment=mood,
        escalate=None if risk is None else bool(risk),
        also=tuple(also),
        scenario=row.get("scenario"),
        channel=row.get("channel"),
        where=where,
    )


def _json_problem(row: object) -> str | None:
    if not isinstance(row, dict):
        return "expected an object with text and intent"
    unknown = set(row) - _FIELDS
    checks = (
        (bool(unknown), f"unknown field {min(unknown, default='')!r}; known are {', '.join(sorted(_FIELDS))}"),
        (not isinstance(row.get("text"), str) or not row["text"].strip(), "text is missing or empty"),
        (isinstance(row.get("text"), str) and len(row["text"]) > _LONGEST, f"text is over {_LONGEST} characters"),
        (not isinstance(row.get("intent"), str) or not row["intent"].strip(), "intent is missing or empty"),
        (
            not isinstance(row.get("language"), str | None),
            f"language {row.get('language')!r}, expected a code like 'de'",
        ),
        (row.get("sentiment") not in (None, -2, -1, 0, 1, 2), f"sentiment {row.get('sentiment')!r}, expected -2 to 2"),
        (row.get("escalate") not in (None, 0, 1), f"escalate {row.get('escalate')!r}, expected 0 or 1"),
        (not _is_list_of_names(row.get("also")), f"also {row.get('also')!r}, expected a list of intents"),
    )
    return next((message for wrong, message in checks if wrong), None)


def _is_list_of_names(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(name, str) for name in value))


def _names(field: str) -> tuple[str, ...]:
    return () if field.strip() in {"", "-"} else tuple(name.strip() for name in field.split(","))


def strip_markup(marked: str) -> tuple[str, tuple[tuple[str, int, int], ...]]:
    """Take `{kind:value}` out of a corpus text.

    Returns:
        The plain text, and (kind, start, end) in code points of it for every entity.

    """
    parts: list[str] = []
    entities: list[tuple[str, int, int]] = []
    length = position = 0
    for match in _ENTITY.finditer(marked):
        before, value = marked[position : match.start()], match.group(2)
        parts += (before, value)
        length += len(before)
        entities.append((match.group(1), length, length + len(value)))
        length += len(value)
        position = match.end()
    parts.append(marked[position:])
    return "".join(parts), tuple(entities)
