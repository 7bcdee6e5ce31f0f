"""Words of a text as search compares them: by language, with endings, accents and invisible signs taken off."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import Stemmer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The snowball algorithms, by language; for others words are compared as they stand.
ALGORITHMS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "hi": "hindi",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "tr": "turkish",
}
_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\u3005"
_WIDE_RUN = re.compile(f"[{_WIDE}]+")
_WORD = re.compile(f"[^\\W_{_WIDE}]+")
# Zero-width and direction signs, the Arabic stretching sign and its optional vowels.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u0640\u064b-\u065f\u0670]+")
_NO_DECOMPOSITION = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_MAX_TOKEN_CHARS = 40
_stemmers = threading.local()


def tokenize(text: str, language: str) -> list[str]:
    """Give the words of a text as search compares them, in no promised order.

    Chinese, Japanese and Korean runs become pairs of neighbouring characters; single letters carry nothing and are left
    out, single digits stay.

    Args:
        text: Any text; time is linear in its length.
        language: ISO 639-1 code that the endings are taken off for.

    """
    return _tokens(text, language, None)


def tokenize_each(texts: Iterable[str], language: str) -> Iterator[list[str]]:
    """Give the words of many texts, one after another; each distinct word is worked on once."""
    known: dict[str, str] = {}
    return (_tokens(text, language, known) for text in texts)


def _tokens(text: str, language: str, known: dict[str, str] | None) -> list[str]:
    text = _normal(text, language)
    tokens: list[str] = []
    for run in _WIDE_RUN.findall(text):
        tokens.extend(_pairs(run))
    words = [word[:_MAX_TOKEN_CHARS] for word in _WORD.findall(text) if len(word) > 1 or word.isdigit()]
    if known is None:
        tokens.extend(_stems(words, language))
        return tokens
    new = [word for word in dict.fromkeys(words) if word not in known]
    known.update(zip(new, _stems(new, language), strict=True))
    tokens.extend(known[word] for word in words)
    return tokens


def is_wide(token: str) -> bool:
    """Tell whether a token is cut from a run of characters without spaces: Chinese, Japanese, Korean."""
    return _WIDE_RUN.fullmatch(token) is not None


def _normal(text: str, language: str) -> str:
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    if language == "tr":
        # Turkish has two letters i; plain lower-casing would mix them up.
        text = text.replace("İ", "i").replace("I", "ı")
    return text.lower()


def _pairs(run: str) -> list[str]:
    if len(run) == 1:
        return [run]
    return [run[index : index + 2] for index in range(len(run) - 1)]


def _stems(words: list[str], language: str) -> list[str]:
    stemmer = _stemmer(language)
    stems = stemmer.stemWords(words) if stemmer is not None else words
    return [stem if stem.isascii() else _folded(stem) for stem in stems]


@cache
def _has_stemmer(language: str) -> bool:
    return ALGORITHMS.get(language) in Stemmer.algorithms()


def _stemmer(language: str) -> Stemmer.Stemmer | None:
    """Give this thread's stemmer: they keep state and must not be shared."""
    if not _has_stemmer(language):
        return None
    mine: dict[str, Stemmer.Stemmer] = _stemmers.__dict__
    if language not in mine:
        mine[language] = Stemmer.Stemmer(ALGORITHMS[language])
    return mine[language]


def _folded(word: str) -> str:
    """Take accents off: customers leave them out. Done after stemming, which needs them."""
    marked = unicodedata.normalize("NFD", word.translate(_NO_DECOMPOSITION).replace("ß", "ss"))
    return "".join(sign for sign in marked if not unicodedata.combining(sign))
