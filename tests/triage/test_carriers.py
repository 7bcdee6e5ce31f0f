"""Check digits of carriers' numbers: right ones hold, and no single wrong digit slips through."""

from __future__ import annotations

import pytest

from triage.entities.carriers import CHECKS

VALID = [
    ("s10", "RR473124829GB"),
    ("s10", "RR123456785DE"),
    ("s10", "EE123456785CN"),
    ("ups", "1Z999AA10123456784"),
    ("ups", "1Z5R89390357567127"),
    ("mod10_31", "9400111202555842332669"),
    ("mod10_31", "4006381333931"),
    ("mod10_49", "563102430313"),
    ("fedex_express", "986578788855"),
    ("fedex_express", "477179081230"),
    ("fedex_ground_96", "9611020987654312345672"),
    ("mod7", "3318810025"),
    ("dpd", "008182709980000020033350276C"),
]


@pytest.mark.parametrize(("check", "number"), VALID)
def test_valid_numbers_hold(check: str, number: str) -> None:
    assert CHECKS[check](number)


@pytest.mark.parametrize(("check", "number"), VALID)
def test_another_check_digit_does_not(check: str, number: str) -> None:
    place = 10 if check == "s10" else len(number) - 1
    for digit in sorted(set("0123456789") - {number[place]}):
        assert not CHECKS[check](number[:place] + digit + number[place + 1 :])


def test_mod7_overlooks_hyphens() -> None:
    body = 40173382995
    number = f"{body}{body % 7}"
    assert CHECKS["mod7"](f"{number[:4]}-{number[4:8]}-{number[8:]}")


def test_gls_adds_one_to_the_sum() -> None:
    body = "50123456789"
    right = [digit for digit in "0123456789" if CHECKS["gls"](body + digit)]
    assert len(right) == 1
    assert not CHECKS["mod10_31"](body + right[0])


def test_dpd_has_one_right_character() -> None:
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert sum(CHECKS["dpd"]("01476900123456" + sign) for sign in signs) == 1
