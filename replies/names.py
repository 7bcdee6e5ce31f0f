"""How to address a customer: a first name where one can be told with care, otherwise none."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME_CHARACTERS = 40

# Written before a name; what follows may be a family name, so a title with one name gives no first name.
_TITLES = (
    "mr mrs ms miss mx dr prof sir madam herr frau hr m mme mlle monsieur madame mademoiselle sr sra srta señor señora "
    "señorita don doña sig sigra signor signora signorina dott dottssa dhr mevr mw meneer mevrouw pan pani dom "
    "senhor senhora bay bayan sn sayın السيد السيدة الأستاذ الأستاذة الدكتور الدكتورة سيد سيدة أستاذ أستاذة د"
)
_ORGANISATIONS = (
    "gmbh ag kg ohg ug ltd llc inc corp company sarl sas srl spa bv nv ab oy aps plc pty zoo ltda lda şti "
    "limited team shop store service office info customer kunde guest gast user"
)
_TITLE_WORDS = frozenset(_TITLES.split())
_ORGANISATION_WORDS = frozenset(_ORGANISATIONS.split())
# The second half belongs to the first: Abd Allah, Abu Bakr, Umm Kulthum.
_ARABIC_PREFIXES = frozenset({"عبد", "أبو", "ابو", "أم", "ام"})
_JAPANESE_HONORIFICS = re.compile(r"(?:\s*(?:様|さま|さん|殿))$")
_INSIDE = frozenset("'’.-")
# Two letters on each side of a dot are an address, not initials: nobody is greeted with somebody's web site.
_DOMAIN = re.compile(r"[^\W\d_]{2,}\.[^\W\d_]{2,}")
_BETWEEN = frozenset({"&", "+"})


def _is_east_asian(text: str) -> bool:
    return any(
        unicodedata.name(letter, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"))
        for letter in text
    )


def _cased(word: str, language: str) -> str:
    """Give a word typed in one case the case of a name; Turkish has two letters i."""
    if not (word.isupper() or word.islower()) or len(word) < 2:
        return word
    parts = re.split(r"(['’\-])", word)
    return "".join(_capitalised(part, turkish=language == "tr") for part in parts)


def _capitalised(part: str, *, turkish: bool) -> str:
    if not part:
        return part
    head, tail = part[0], part[1:]
    if turkish:
        head = "İ" if head == "i" else head.upper()
        tail = tail.replace("I", "ı").replace("İ", "i")
    else:
        head = head.upper()
    return head + tail.lower().replace("\u0307", "")


def first_name(name: str | None, language: str) -> str | None:
    """Return the name to greet somebody with, or None where it cannot be told.

    Args:
        name: The full name as the shop or the marketplace has it, already free of invisible characters.
        language: Language of the reply. Japanese and Chinese replies take the whole name: family and
            given name are not told apart, and an honorific of the template follows it.

    Returns:
        A name of letters only; None for companies, user names, initials and a title with a family name.

    """
    if not name or len(name) > MAX_NAME_CHARACTERS:
        return None
    if language in {"ja", "zh"} or _is_east_asian(name):
        return _whole_name(name)
    words = _without_titles(_given_first(name).split())
    if not words:
        return None
    count = 2 if words[0] in _ARABIC_PREFIXES else 1
    chosen = words[:count]
    if len(chosen) < count or not all(_is_name(word) for word in chosen):
        return None
    return " ".join(_cased(word, language) for word in chosen)


def shown_name(name: str | None) -> str | None:
    """Return a whole name, of a person or a company, where it is one; None for addresses, codes and markup."""
    if not name:
        return None
    words = name.replace("・", " ").replace("·", " ").split()
    fine = all(word in _BETWEEN or _is_lettered(word.rstrip(",")) for word in words if word.rstrip(","))
    return name if words and fine and words[0] not in _BETWEEN else None


def _given_first(name: str) -> str:
    """Turn `Berg, Anna` round."""
    family, comma, given = name.partition(",")
    return given if comma and family.strip() else name


def _without_titles(words: list[str]) -> list[str]:
    """Return the words after the titles; none for a company, or where a title stands before a single name."""
    plain = [word.rstrip(".").casefold() for word in words]
    if any(word in _ORGANISATION_WORDS for word in plain):
        return []
    titles = next((number for number, word in enumerate(plain) if word not in _TITLE_WORDS), len(words))
    rest = words[titles:]
    return [] if titles and len(rest) == 1 else rest


def _is_name(word: str) -> bool:
    return len(word) > 1 and word[-1] not in _INSIDE and _is_lettered(word)


def _is_lettered(word: str) -> bool:
    """Say whether a word starts with a letter and holds only letters, their marks, apostrophes, hyphens and dots."""
    lettered = all(
        letter.isalpha() or letter in _INSIDE or unicodedata.category(letter).startswith("M") for letter in word
    )
    return word[0].isalpha() and lettered and not _DOMAIN.search(word)


def _whole_name(name: str) -> str | None:
    name = _JAPANESE_HONORIFICS.sub("", name.strip())
    words = name.replace("・", " ").replace("·", " ").split()
    if not words or not all(_is_lettered(word) for word in words):
        return None
    return name
