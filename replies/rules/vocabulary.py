"""The words by which contact data are known and masked: `contact_words.yaml`, read once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from replies.rules.reading import canonical
from tickets.rulefile import read_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SPACELESS = re.compile("[\u3005-\u9fff]")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words and the patterns made of them; every repetition is bounded."""

    domain_end: re.Pattern[str]
    masked_end: re.Pattern[str]
    label: re.Pattern[str]
    masked_label: re.Pattern[str]
    before_at: re.Pattern[str]
    provider: re.Pattern[str]
    providers: frozenset[str]
    no_names: frozenset[str]
    dots: frozenset[str]
    phone: re.Pattern[str]
    other: re.Pattern[str]
    carrier: re.Pattern[str]
    carrier_domains: tuple[str, ...]
    marketplace_domains: Mapping[str, tuple[str, ...]]
    word_domains: frozenset[str]
    digits: Mapping[str, int]
    common: Mapping[str, frozenset[str]]


def _either(words: Iterable[str]) -> str:
    """Return a pattern of whole words; those of scripts without spaces stand anywhere."""
    plain = sorted({canonical(str(word)) for word in words}, key=lambda word: (-len(word), word))
    spaced = [re.escape(word) for word in plain if not _SPACELESS.search(word)]
    spaceless = [re.escape(word) for word in plain if _SPACELESS.search(word)]
    parts = [rf"(?<![^\W\d_])(?:{'|'.join(spaced)})(?![^\W\d_])"] if spaced else []
    return "|".join([*parts, *spaceless])


def _mask(words: Iterable[str], sign: str) -> str:
    """Return a pattern of a sign, the sign in brackets, a word for it, or the word in brackets."""
    inner = rf"(?:{sign}|{_either(words)})"
    return rf"\s{{0,3}}(?:[(\[{{<]\s?{inner}\s?[)\]}}>]|{inner})\s{{0,3}}"


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Return the shipped words."""
    loaded = read_data(files("replies.rules").joinpath("contact_words.yaml").read_text(encoding="utf-8"))
    domains = [canonical(word) for word in (*loaded["domains"], *loaded["words"])]
    top = "|".join(sorted(domains, key=lambda word: (-len(word), word)))
    after = r"(?![a-z0-9_-]|\.[a-z0-9])"
    dots, ats = loaded["dot"], [word for word in loaded["at"] if word != "@"]
    dot = _mask(dots, r"\.")
    at = _mask(ats, "@")
    name = r"[a-z0-9_](?:[\w.+-]|\s(?:" + _either(loaded["underscore"]) + r")\s){0,63}"
    return Vocabulary(
        domain_end=re.compile(rf"\.(?:{top}){after}"),
        masked_end=re.compile(
            rf"(?:[(\[{{<]\s?(?:\.|{_either(dots)})\s?[)\]}}>]|{_either(dots)}|\s\.)\s{{0,2}}(?P<top>{top}){after}"
        ),
        label=re.compile(r"(?:[a-z0-9-]{1,63}\.){0,4}[a-z0-9-]{1,63}$"),
        masked_label=re.compile(rf"(?:[a-z0-9-]{{1,63}}{dot}){{0,3}}[a-z0-9-]{{2,63}}\s{{0,2}}$"),
        before_at=re.compile(rf"{name}{at}$"),
        provider=re.compile(rf"{name}{at}(?:{_either(loaded['mail_providers'])})"),
        no_names=frozenset(loaded["no_names"]),
        providers=frozenset(str(word) for word in loaded["mail_providers"]),
        dots=frozenset(canonical(word) for word in dots),
        phone=re.compile(_either(loaded["phone"])),
        other=re.compile(_either(loaded["other"])),
        carrier=re.compile(_either(loaded["carriers"]["names"])),
        carrier_domains=tuple(loaded["carriers"]["domains"]),
        marketplace_domains={name: tuple(items) for name, items in loaded["marketplace_domains"].items()},
        word_domains=frozenset(loaded["words"]),
        digits={canonical(word): count for count, words in loaded["digits"].items() for word in words},
        common={code: frozenset(canonical(word) for word in words) for code, words in loaded["common"].items()},
    )


def guess_language(words: list[str], plain: str) -> str | None:
    """Guess the language of a folded text by its script and its commonest words; None where nothing speaks for one."""
    if re.search("[\u3041-\u30ff]", plain):
        return "ja"
    if re.search("[\u4e00-\u9fff]", plain):
        return "zh"
    if len(re.findall("[\u0620-\u064a]", plain)) * 2 > len(plain.replace(" ", "")):
        return "ar"
    counts = {code: sum(word in known for word in words) for code, known in vocabulary().common.items()}
    best = max(sorted(counts), key=lambda code: counts[code], default=None)
    return best if best is not None and counts[best] > 0 else None
