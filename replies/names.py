"""How to address a customer: a first name where one can be told with care, otherwise none."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME_CHARACTERS = 40

# Written before a name; what follows may be a family name, so a title with one name gives no first name.
_TITLES = frozenset(
    "mr mrs ms miss mx dr prof sir madam herr frau hr fr m mme mlle monsieur madame mademoiselle sr sra srta señor señora "
    "señorita don doña sig sigra signor signora signorina dott dottssa dhr mevr mw meneer mevrouw pan pani panie dom "
    "senhor senhora bay bayan sn sayın السيد السيدة الأستاذ الأستاذة الدكتور الدكتورة سيد سيدة أستاذ أستاذة د".split()
)
_ORGANISATIONS = frozenset(
    "gmbh ag kg ohg ug ltd llc inc corp co company sarl sas sa srl spa bv nv ab oy aps as plc pty sp zoo ltda lda şti "
    "limited team shop store service office info customer kunde guest gast user".split()
)
# The second half belongs to the first: Abd Allah, Abu Bakr, Umm Kulthum.
_ARABIC_PREFIXES = frozenset("عبد أبو ابو أم ام".split())
_JAPANESE_HONORIFICS = re.compile(r"(?:\s*(?:様|さま|さん|殿))$")
_WORD = re.compile(r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*[.'’]?")


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
    if "," in name:
        family, _, given = name.partition(",")
        name = given.strip() if family.strip() else given
    words = name.split()
    plain = [word.rstrip(".").casefold() for word in words]
    if not words or any(word in _ORGANISATIONS for word in plain):
        return None
    titles = 0
    while titles < len(words) and plain[titles] in _TITLES:
        titles += 1
    words = words[titles:]
    if not words or (titles and len(words) == 1):
        return None
    if words[0] in _ARABIC_PREFIXES:
        return " ".join(words[:2]) if len(words) > 1 and _WORD.fullmatch(words[1]) else None
    word = words[0]
    if not _WORD.fullmatch(word) or word.endswith(".") or len(word) < 2:
        return None
    return _cased(word, language)


def _whole_name(name: str) -> str | None:
    name = _JAPANESE_HONORIFICS.sub("", name.strip())
    words = name.replace("・", " ").replace("·", " ").split()
    if not words or not all(_WORD.fullmatch(word) for word in words):
        return None
    return name
