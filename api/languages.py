"""The languages that a reader understands, as their browser says."""

from __future__ import annotations

MAX_LANGUAGES = 20


def accepted_languages(header: str | None) -> tuple[str, ...]:
    """Read an Accept-Language header: two- or three-letter codes, the best first; broken parts are passed over."""
    ranked: list[tuple[float, str]] = []
    for part in (header or "").split(",")[:MAX_LANGUAGES]:
        name, _, quality = part.partition(";")
        code = name.strip().lower().partition("-")[0]
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if code.isascii() and code.isalpha() and weight > 0:
            ranked.append((-weight, code))
    return tuple(dict.fromkeys(code for _, code in sorted(ranked, key=lambda entry: entry[0])))
