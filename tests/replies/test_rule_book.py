"""A shop's own rules: added, switched off, changed; mistakes are refused with file, line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from replies.rules import Place, RuleCheck
from replies.rules.book import RuleBook
from replies.rules.patterns import refuse_slow
from tickets.errors import InvalidInputError
from tickets.records import Channel


def book(tmp_path: Path, text: str) -> RuleBook:
    path = tmp_path / "marketplace_rules.yaml"
    path.write_text(text, encoding="utf-8")
    return RuleBook.load(path)


def rules(loaded: RuleBook, text: str, marketplace: str | None = "amazon", channel: Channel | None = None) -> list[str]:
    return [finding.rule for finding in RuleCheck(loaded).findings(text, Place(marketplace, channel))]


def test_rules_are_switched_off_and_made_milder(tmp_path: Path) -> None:
    loaded = book(tmp_path, "switch_off: [A20]\nseverity: {A5: warn}\n")
    assert rules(loaded, "a@shop.example 🎉") == ["A5"]
    assert not RuleCheck(loaded).blocked("a@shop.example 🎉", Place("amazon"))
    assert RuleCheck().blocked("a@shop.example", Place("amazon"))


def test_a_shop_adds_phrases_and_patterns(tmp_path: Path) -> None:
    loaded = book(
        tmp_path,
        "rules:\n"
        "  - {id: S1, explanation: Say guest., phrases: ['customer*']}\n"
        "  - {id: S2, severity: block, marketplaces: [otto], explanation: No Latin., pattern: 'e\\. ?g\\.'}\n"
        "  - {id: S3, channels: [chat], explanation: No emoji., find: [emoji]}\n",
    )
    assert rules(loaded, "Dear customers, e.g.") == ["S1"]
    assert rules(loaded, "Dear customers, e.g.", "Otto.de") == ["S1", "S2"]
    assert rules(loaded, "write to a@shop.example, e.g.", "otto") == ["M1", "S2"], "those of any marketplace hold too"
    assert rules(loaded, "Hello 🎉", None, Channel.CHAT) == ["S3"]
    assert rules(loaded, "Hello 🎉", None, Channel.EMAIL) == []


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("rules:\n  - {id: S1, explanation: x, pattern: '(a{1,9}){2,9}'}", ":2", "a group is repeated"),
        ("rules:\n  - {id: S1, explanation: x, pattern: 'a+b'}", ":2", "repeats without end"),
        ("rules:\n  - {id: S1, explanation: x, pattern: '('}", ":2", "no regular expression"),
        ("rules:\n  - {id: S1, explanation: x}", ":2", "looks for nothing"),
        ("rules:\n  - id: S1\n    explanation: x\n    topics: [weather]", ":4", "unknown topic 'weather'"),
        ("rules:\n  - id: S1\n    explanation: x\n    serverity: warn", ":4", "unknown key 'serverity'"),
        ("switch_off: [A99]", "switch_off", "no shipped rule has the id 'A99'"),
        ("severity: {A5: deadly}", ":1", "'block' or 'warn'"),
        ("rules:\n  - {id: A5, explanation: x, phrases: [abc]}", "rules", "the id 'A5' is taken"),
        ("rules: [", ":2", "not valid YAML"),
        ("- a", ":1", "valid dictionary"),
    ],
)
def test_mistakes_are_refused_with_their_line(tmp_path: Path, text: str, place: str, words: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        book(tmp_path, text)
    assert "marketplace_rules.yaml" in refused.value.message
    assert place in refused.value.message
    assert words in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "pattern",
    [
        "call me",
        r"\bfree\b.{0,20}gift",
        "[0-9]{3,5}",
        "(?:a|b)c",
        "colou?r",
        r"\(x\)",
        "a{2}",
        "[]a]x",
        "(?:mr|mrs|ms|dr)[.]? x{0,9}(?:a|b)",
        "a{0,100}b{0,100}c{1,100}",
    ],
)
def test_linear_patterns_are_taken(pattern: str) -> None:
    refuse_slow(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "a*", "a+", "a{2,}", "(a|b){2,3}", "(a{1,3}b){2}", r"(a)\1", "(?=a)b", "(?P<x>a)", "a{0,500}", "x{0,3}",
        "a{1,9}b{1,9}c{1,9}d{1,9}", "[a", "a" * 301, "a?" * 30 + "a" * 30, "(?:aa|a)" * 30 + "b", "(a(aa|a)?)?" * 9,
    ],
)  # fmt: skip
def test_slow_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        refuse_slow(pattern)


def test_a_marketplace_is_known_by_its_family() -> None:
    loaded = RuleBook.load()
    assert loaded.profile("AMAZON_US", None) == "amazon"
    assert loaded.profile("otto", Channel.MARKETPLACE) == "other"
    assert loaded.profile(None, Channel.MARKETPLACE) == "other"
    assert loaded.profile(None, Channel.EMAIL) == "own"
    assert loaded.profile("own", None) == "own"
