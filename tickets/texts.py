"""What text must look like to be stored and compared on every database."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_KEY_LIMIT = 200


def storable(text: str) -> str:
    """Replace what PostgreSQL or UTF-8 cannot hold (NUL, lone surrogates) by U+FFFD; the raw body keeps it."""
    return text if text.isascii() and "\x00" not in text else _UNSTORABLE.sub("�", text)


def index_key(text: str) -> str:
    """Return `text`, or its digest where it is too long for an index."""
    text = storable(text)
    if len(text) <= _KEY_LIMIT:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def fold(text: str) -> str:
    """Fold case, width and compatibility forms for searching."""
    return unicodedata.normalize("NFKC", storable(text)).casefold()


def email_key(address: str) -> str:
    """Return the form under which an e-mail address is found again."""
    return index_key(fold(address.strip()))


def order_key(number: str) -> str:
    """Return the form that makes an order number one order, whatever its case."""
    return index_key(fold(number.strip()))


def number_key(number: str) -> str:
    """Return the form under which an order or tracking number is found again: letters and digits alone."""
    return index_key("".join(c for c in fold(number) if c.isalnum()))


def phone_key(number: str, region: str | None = None) -> str:
    """Return a telephone number in E.164 where it can be read so, else its bare digits.

    Args:
        number: As written by a person or a telephone system.
        region: ISO 3166 code of the market, for numbers without a country code.
    """
    import phonenumbers  # its tables cost time that most commands need not spend

    number = number[:100]
    digits = "".join(c for c in number if c.isdigit())
    written = "+" + digits[2:] if digits.startswith("00") else number
    try:
        parsed = phonenumbers.parse(written, region.upper() if region else None)
    except phonenumbers.NumberParseException:
        return digits
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
