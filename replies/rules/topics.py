"""What a reply says that it should not, in words: the phrases of `phrases.yaml`, and what turns them around."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from models.text.phrases import PhraseBook
from replies.rules.reading import Reading, canonical
from replies.rules.vocabulary import guess_language
from tickets.rulefile import read_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ANY = "any"
OFFICE_HOURS = "office_hours"
_SPACELESS = re.compile("[\u3005-\u9fff]")
# What is said in anger, or in another's name, is said whether or not a "not" stands before it.
_NEVER_NEGATED = frozenset({"abuse", "impersonation", OFFICE_HOURS, "overpromise"})


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase of a topic, as a range of the plain reading, and the language that it is written in."""

    topic: str
    language: str
    start: int
    end: int


class Topics:
    """The phrases by topic and language.

    Args:
        phrases: By topic and language, in the notation of `models.text.phrases`.
        before: By language, the words that turn a phrase around when they stand before its end in the clause.
        after: By language, those that do so also behind it.
        hesitations: Phrases that hold such a word and mean the opposite.
        conjunctions: Words at which a clause ends.

    """

    def __init__(
        self,
        phrases: Mapping[str, Mapping[str, Sequence[str]]],
        before: Mapping[str, Sequence[str]],
        after: Mapping[str, Sequence[str]],
        hesitations: Sequence[str],
        conjunctions: Sequence[str] = (),
    ) -> None:
        labelled = {
            f"{topic}|{language}": [canonical(item) for item in items]
            for topic, languages in phrases.items()
            for language, items in languages.items()
        }
        self.names = frozenset(phrases)
        self._book = PhraseBook(labelled)
        self._before = {language: _words(words) for language, words in before.items()}
        self._after = {language: _words(words) for language, words in after.items()}
        self._conjunctions = _words(conjunctions) if conjunctions else None
        self._hesitations = PhraseBook({"polite": [canonical(item) for item in hesitations]})

    def said(self, reading: Reading) -> Iterator[Said]:
        """Yield what of the topics a text holds."""
        for hit in self._book.find(reading.plain):
            topic, _, language = hit.label.partition("|")
            found = Said(topic, language, hit.start, hit.end)
            if topic in _NEVER_NEGATED or not self._negated(reading, found):
                yield found

    def _negated(self, reading: Reading, found: Said) -> bool:
        begin = reading.clause(found.start)
        if self._conjunctions is not None:
            ends = [m.end() for m in self._conjunctions.finditer(reading.plain, begin, found.start)]
            begin = ends[-1] if ends else begin
        window = reading.plain[begin : found.end]
        for polite in self._hesitations.find(window):
            window = window[: polite.start] + " " * (polite.end - polite.start) + window[polite.end :]
        language = found.language
        if language == ANY:
            language = guess_language(reading.words, reading.plain) or ANY
        before, after = self._before.get(language), self._after.get(language)
        if before is not None and before.search(window):
            return True
        return after is not None and bool(after.search(reading.plain[found.start : reading.clause_end(found.end)]))


def _words(words: Iterable[object]) -> re.Pattern[str]:
    """Return a pattern of any of some words; `x*` is a stem, `x'` stands before a letter too."""
    parts = []
    for word in sorted({canonical(str(item)) for item in words}, key=lambda item: (-len(item), item)):
        body = re.escape(word.rstrip("*"))
        if _SPACELESS.search(word):
            parts.append(body)
        else:
            parts.append(rf"(?<![^\W\d_]){body}" + ("" if word.endswith(("*", "'")) else r"(?![^\W\d_])"))
    return re.compile("|".join(parts))


@lru_cache(maxsize=1)
def shipped_topics() -> Topics:
    """Return the phrases that ship."""
    loaded = read_data(files("replies.rules").joinpath("phrases.yaml").read_text(encoding="utf-8"))
    negations = loaded["negations"]
    return Topics(
        loaded["topics"], negations["before"], negations["after"], loaded["hesitations"], loaded["conjunctions"]
    )


def speaks_of(text: str, topic: str) -> bool:
    """Say whether a text holds a shipped phrase of a topic."""
    return any(item.topic == topic for item in shipped_topics().said(Reading.of(text)))
