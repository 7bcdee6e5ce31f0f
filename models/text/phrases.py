"""Find many phrases of many languages in one pass: stems, whole words and short gaps, as data files hold them.

A phrase is words with single spaces. `anwalt*` is a stem, `anwalt` the whole word, `...` a gap of up to 30
characters inside the sentence, `...60` one of up to 60; `{call|write to}` stands for either. Accents, case and the
forms of Arabic letters do not matter. Scripts without spaces are matched anywhere, Arabic words also behind their
one-letter prefixes and the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.text.folding import fold

_KEY_LENGTH = 3
_GAP_CHARACTERS = 30
_MAX_GAP_CHARACTERS = 99
# A class with letters beyond Latin-1 takes half a millisecond to compile, a hundred times as long as others: ends of
# sentences are made plain in the text, and a word is bounded by letters of its own script.
_SENTENCE = r"[^.!?\n]"
_SENTENCE_ENDS = str.maketrans({"。": ".", "！": "!", "？": "?", "؟": "?"})
_JOIN = r"[\s'\-–]{1,3}"
# One group per kind of script: words with spaces, Arabic words, and runs that have no word boundaries.
_RUNS = re.compile(
    r"([a-z0-9\u00df-\u024f\u0370-\u052f]+)|([\u0620-\u065f\u066e-\u06d3]+)|([\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3ー]+)"
)
_LATIN = r"a-z0-9\u00df-\u00ff"
_WORD = r"a-z0-9\u00df-\u024f\u0370-\u052f"
# Without the vowel marks: a word may carry one behind its last letter.
_ARABIC = r"\u0620-\u064a\u066e-\u06d3"
_ELEMENTS = re.compile(r"\{[^{}]*\}|\S+")
_ARABIC_PREFIXES = ("", "و", "ف", "ب", "ل", "ك", "ال", "وال", "بال", "فال", "كال", "لل", "ولل", "وب", "ول", "س", "وس")


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase of a label begins and ends in the text."""

    label: str
    start: int
    end: int


class _Entry:
    """One label's folded phrases with the same beginning; compiled when a text first needs them: most never do."""

    def __init__(self, label: str, phrases: list[str]) -> None:
        self.label = label
        self._phrases = phrases

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The phrases as one pattern, longest first."""
        return re.compile("|".join(_source(phrase) for phrase in self._phrases))


def _is_spaceless(text: str) -> bool:
    return any("\u3005" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" for character in text)


def _source(phrase: str) -> str:
    """Return the pattern of one folded phrase, to be tried at the start of a word."""
    parts: list[str] = []
    gap = 0
    for word in _ELEMENTS.findall(phrase):
        if word.startswith("..."):
            gap = min(int(word[3:] or _GAP_CHARACTERS), _MAX_GAP_CHARACTERS)
            continue
        if parts:
            join = r"\s{0,2}" if _is_spaceless(word) else _JOIN
            parts.append(f"{_SENTENCE}{{0,{gap}}}?" if gap else join)
        parts.append(_element(word))
        gap = 0
    return "".join(parts)


def _element(word: str) -> str:
    if word.startswith("{"):
        return _group(_choices(word))
    body = re.escape(word.rstrip("*"))
    if _is_spaceless(word):
        return body
    return body + (_tail(word) if word.endswith("*") else _end(word))


def _letters(word: str) -> str:
    """Return the letters of a word's script, as the inside of a class."""
    last = word.rstrip("*")[-1:]
    if last < "\u0100":
        return _LATIN
    return _ARABIC if "\u0620" <= last <= "\u06d3" else _WORD


def _end(word: str) -> str:
    return f"(?![{_letters(word)}])"


def _tail(word: str) -> str:
    return f"[{_letters(word)}]*"


def _group(choices: list[str]) -> str:
    """Return the pattern of a group; what bounds its words stands once, since most of the time goes into compiling it.

    Only at the start of a word, for what stands before may be a gap.
    """
    spaceless = [_source(choice) for choice in choices if _is_spaceless(choice)]
    spaced = [choice for choice in choices if not _is_spaceless(choice)]
    stems = [re.escape(choice.rstrip("*")) for choice in spaced if choice.endswith("*") and " " not in choice]
    words = [re.escape(choice) for choice in spaced if not choice.endswith("*") and " " not in choice]
    parts = [_source(choice) for choice in spaced if " " in choice]
    if words:
        parts.append(f"(?:{'|'.join(words)}){_end(words[-1])}")
    if stems:
        parts.append(f"(?:{'|'.join(stems)}){_tail(stems[-1])}")
    bounded = [f"(?<![{_LATIN}])(?:{'|'.join(parts)})"] if parts else []
    return f"(?:{'|'.join([*bounded, *spaceless])})"


def _choices(group: str) -> list[str]:
    return [choice.strip() for choice in group.strip("{}").split("|")]


def _keys(phrase: str) -> set[str]:
    """Return the letters that a phrase may begin with, by which it is looked up."""
    first = _ELEMENTS.match(phrase)
    word = first.group() if first else phrase
    choices = _choices(word) if word.startswith("{") else [word]
    return {choice.split(" ")[0].rstrip("*")[:_KEY_LENGTH] for choice in choices}


class PhraseBook:
    """Phrases by label, looked up by the first letters of each word; time grows with the text, not with the book.

    Args:
        phrases: For each label its phrases, in the notation of this module.
    """

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self._entries: dict[str, list[_Entry]] = {}
        together: dict[tuple[str, str], list[str]] = {}
        for label, items in phrases.items():
            for item in sorted({fold(item.strip()) for item in items}, key=lambda text: (-len(text), text)):
                keys = _keys(item)
                if len(keys) == 1:
                    together.setdefault((min(keys), label), []).append(item)
                    continue
                entry = _Entry(label, [item])  # compiled once, found by any of its beginnings
                for key in sorted(keys):
                    self._entries.setdefault(key, []).append(entry)
        for (key, label), same in together.items():
            self._entries.setdefault(key, []).append(_Entry(label, same))

    def find(self, folded: str) -> Iterator[Hit]:
        """Yield the phrases found in a text that went through `fold`, in the order of their beginnings.

        Of one label's phrases that begin at the same place, one is given.
        """
        entries = self._entries
        folded = folded.translate(_SENTENCE_ENDS)
        for run in _RUNS.finditer(folded):
            for position in _starts(run):
                key = folded[position : position + _KEY_LENGTH]
                while key:
                    for entry in entries.get(key, ()):
                        match = entry.pattern.match(folded, position)
                        if match:
                            yield Hit(entry.label, position, match.end())
                    key = key[:-1]


def _starts(run: re.Match[str]) -> Iterable[int]:
    """Return where in a run of letters a phrase may begin."""
    if run.lastindex == 1:
        return (run.start(),)
    if run.lastindex == 2:
        word = run.group()
        return [run.start() + len(prefix) for prefix in _ARABIC_PREFIXES if word.startswith(prefix)]
    return range(run.start(), run.end())
