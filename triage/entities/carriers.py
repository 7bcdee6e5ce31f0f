"""Check digits of carriers' tracking numbers, as their own specifications and label guides give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_ALPHABET_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    """Add the digits from the right, each times the weight of its place; weights repeat."""
    return sum(int(digit) * weights[place % len(weights)] for place, digit in enumerate(reversed(digits)))


def s10(number: str) -> bool:
    """Check a postal item of the Universal Postal Union, RR123456785DE."""
    digits = number[2:11]
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, _S10_WEIGHTS, strict=False)) % 11
    return int(digits[8]) == {10: 0, 11: 5}.get(rest, rest)


def ups(number: str) -> bool:
    """Check a UPS number, 1Z999AA10123456784; letters count as digits, every second place double."""
    values = [int(sign) if sign.isdecimal() else (ord(sign) - 63) % 10 for sign in number[2:]]
    total = sum(values[0:-1:2]) + 2 * sum(values[1:-1:2])
    return values[-1] == -total % 10


def mod10_31(number: str) -> bool:
    """Check by the GS1 rule: from the right, digits count three and one times (SSCC, USPS, FedEx Ground, EAN)."""
    return int(number[-1]) == -_weighted(number[:-1], (3, 1)) % 10


def mod10_49(number: str) -> bool:
    """Check an Identcode or Leitcode of Deutsche Post: from the right, digits count four and nine times."""
    return int(number[-1]) == -_weighted(number[:-1], (4, 9)) % 10


def gls(number: str) -> bool:
    """Check a GLS parcel number: as GS1, with one added to the sum."""
    return int(number[-1]) == -(_weighted(number[:-1], (3, 1)) + 1) % 10


def mod7(number: str) -> bool:
    """Check a number whose last digit is the rest by seven (DHL Express, Yamato, Sagawa, Japan Post)."""
    digits = number.replace("-", "")
    return int(digits[:-1]) % 7 == int(digits[-1])


def fedex_express(number: str) -> bool:
    """Check a FedEx Express number of twelve digits: from the right one, three, seven; rest by eleven, then by ten."""
    return _weighted(number[:-1], (1, 3, 7)) % 11 % 10 == int(number[-1])


def fedex_ground_96(number: str) -> bool:
    """Check a FedEx Ground barcode of 22 digits: its last fifteen follow the GS1 rule."""
    return mod10_31(number[-15:])


def dpd(number: str) -> bool:
    """Check a DPD parcel number with its check character, ISO/IEC 7064 MOD 37,36."""
    rest = 36
    for digit in number[:-1]:
        total = (rest + int(digit)) % 36 or 36
        rest = total * 2 % 37
    return _ALPHABET_36[(37 - rest) % 36] == number[-1]


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "s10": s10,
    "ups": ups,
    "mod10_31": mod10_31,
    "mod10_49": mod10_49,
    "gls": gls,
    "mod7": mod7,
    "fedex_express": fedex_express,
    "fedex_ground_96": fedex_ground_96,
    "dpd": dpd,
}
"""Every check by the name that patterns.yaml uses; each takes a number of the shape it stands beside."""
