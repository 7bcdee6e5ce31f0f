"""Find many phrases of many languages in one pass: stems, whole words and short gaps, as data files hold them.

A phrase is words with single spaces. `anwalt*` is a stem, `anwalt` the whole word, `...` a gap of up to 30
characters inside the sentence. Accents, case and the forms of Arabic letters do not matter. Scripts without spaces are
matched anywhere, Arabic words also behind their one-letter prefixes and the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from triage.folding import fold

_KEY_LENGTH = 3
_GAP = r"[^.!?。！？؟\n]{0,30}?"
_JOIN = r"[\s'\-–]{1,3}"
# One group per kind of script: words with spaces, Arabic words, and runs that have no word boundaries.
_RUNS = re.compile(
    r"([a-z0-9\u00df-\u024f\u0370-\u052f]+)|([\u0620-\u065f\u066e-\u06d3]+)|([\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3ー]+)"
)
_WORD = r"a-z0-9\u00df-\u024f\u0370-\u052f"
# Without the vowel marks: a word may carry one behind its last letter.
_ARABIC = r"\u0620-\u064a\u066e-\u06d3"
_ARABIC_PREFIXES = ("", "و", "ف", "ب", "ل", "ك", "ال", "وال", "بال", "فال", "كال", "لل", "ولل", "وب", "ول", "س", "وس")


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase of a label begins and ends in the text."""

    label: str
    start: int
    end: int


class _Entry:
    """One label's phrases with the same beginning; compiled when a text first needs them, for most never do."""

    def __init__(self, label: str, sources: list[str]) -> None:
        self.label = label
        self._sources = sources

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The phrases as one pattern, longest first."""
        return re.compile("|".join(self._sources))


def _is_spaceless(text: str) -> bool:
    return any("\u3005" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" for character in text)


def _source(phrase: str) -> str:
    """Return the pattern of one folded phrase, to be tried at the start of a word."""
    parts: list[str] = []
    gap = False
    for word in phrase.split(" "):
        if word == "...":
            gap = True
            continue
        stem = word.endswith("*")
        body = re.escape(word.rstrip("*"))
        if not _is_spaceless(word):
            tail = f"[{_WORD}{_ARABIC}]*" if stem else f"(?![{_WORD}]|[{_ARABIC}])"
            body += tail
        if parts:
            parts.append(_GAP if gap else (r"\s{0,2}" if _is_spaceless(word) else _JOIN))
        parts.append(body)
        gap = False
    return "".join(parts)


class PhraseBook:
    """Phrases by label, looked up by the first letters of each word; time grows with the text, not with the book.

    Args:
        phrases: For each label its phrases, in the notation of this module.
    """

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        sources: dict[tuple[str, str], list[str]] = {}
        for label, items in phrases.items():
            for item in sorted({fold(item.strip()) for item in items}, key=lambda text: (-len(text), text)):
                sources.setdefault((item.rstrip("*")[:_KEY_LENGTH], label), []).append(_source(item))
        self._entries: dict[str, list[_Entry]] = {}
        for (key, label), patterns in sources.items():
            self._entries.setdefault(key, []).append(_Entry(label, patterns))

    def find(self, folded: str) -> Iterator[Hit]:
        """Yield the phrases found in a text that went through `fold`, in the order of their beginnings.

        Of one label's phrases that begin at the same place, one is given.
        """
        for run in _RUNS.finditer(folded):
            kind = run.lastindex
            if kind == 1:
                yield from self._at(folded, run.start())
            elif kind == 2:
                word = run.group()
                for prefix in _ARABIC_PREFIXES:
                    if word.startswith(prefix):
                        yield from self._at(folded, run.start() + len(prefix))
            else:
                for position in range(run.start(), run.end()):
                    yield from self._at(folded, position)

    def _at(self, folded: str, position: int) -> Iterator[Hit]:
        entries = self._entries
        key = folded[position : position + _KEY_LENGTH]
        while key:
            for entry in entries.get(key, ()):
                match = entry.pattern.match(folded, position)
                if match:
                    yield Hit(entry.label, position, match.end())
            key = key[:-1]
