"""The training report: its figures, and two files that agree with each other and cannot do harm."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from selectolax.lexbor import LexborHTMLParser

from tests.training.reporting import LABELS, drawn, guess, judged, manifest, predict
from training.evaluation import calibration_error, metrics_of
from training.report import Bin, Confusion, Judged, coverage_curve, reliability, write_report
from training.report.contents import Report
from training.report.groups import by_intent, by_language, by_length, count_words
from training.report.mix import SHOP_MIX, shop_prior, under_mixes
from training.utterances import Utterance

VOID = {"meta", "link", "input", "br"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></blockquote><svg onload=alert(1)>",
    "{{ 7 * 7 }} {% include 'x' %}",
    "&lt;b&gt; &amp; ' \u202egnp.exe\u202c",
    "half a pair: \ud83d",
)


def report_of(folder: Path, *tests: Judged, confusions: int = 3, notes: tuple[str, ...] = ()) -> tuple[str, Any]:
    pairs = [Confusion(LABELS[i % 5], LABELS[(i + 1) % 5], i, i / 100) for i in range(confusions)]
    write_report(folder, manifest(), tests, pairs, notes=notes)
    page = (folder / "report.html").read_text(encoding="utf-8")
    return page, json.loads((folder / "report.json").read_text(encoding="utf-8"))


@pytest.fixture
def written(tmp_path: Path) -> tuple[str, Any]:
    return report_of(tmp_path, drawn("random", 300, 1), drawn("unseen_situations", 200, 2), confusions=50)


# --- curves


def test_reliability_of_known_numbers() -> None:
    probabilities = np.array([0.1, 0.3, 0.9, 0.7, 1.0])
    right = np.array([False, True, True, True, False])
    lower, upper = reliability(probabilities, right, bins=2)
    assert lower == Bin(0.0, 0.5, 2, 0.2, 0.5)
    assert (upper.low, upper.high, upper.count) == (0.5, 1.0, 3)
    assert (upper.mean_probability, upper.accuracy) == pytest.approx((2.6 / 3, 2 / 3))


def test_bins_without_guesses_are_left_out() -> None:
    assert [(one.low, one.count) for one in reliability(np.array([0.05, 0.95]), np.array([True, True]), 10)] == [
        (0.0, 1),
        (0.9, 1),
    ]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80))
def test_the_gaps_of_the_bins_are_the_calibration_error(guesses: list[tuple[float, bool]]) -> None:
    probabilities, right = np.array([p for p, _ in guesses]), np.array([r for _, r in guesses])
    bins = reliability(probabilities, right)
    gaps = sum(one.count * abs(one.mean_probability - one.accuracy) for one in bins) / len(guesses)
    assert gaps == pytest.approx(calibration_error(probabilities, right), abs=1e-9)
    assert sum(one.count for one in bins) == len(guesses)


def test_coverage_curve_of_known_numbers() -> None:
    curve = coverage_curve(np.array([0.6, 0.9, 0.7, 0.8]), np.array([False, True, False, True]), points=4)
    assert curve == [(0.25, 1.0), (0.5, 1.0), (0.75, 2 / 3), (1.0, 0.5)]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200), st.integers(1, 60))
def test_a_coverage_curve_ends_with_everything(guesses: list[tuple[float, bool]], points: int) -> None:
    curve = coverage_curve(np.array([p for p, _ in guesses]), np.array([r for _, r in guesses]), points)
    coverages = [coverage for coverage, _ in curve]
    assert coverages == sorted(set(coverages))
    assert len(curve) <= points
    assert curve[-1] == pytest.approx((1.0, sum(r for _, r in guesses) / len(guesses)))


# --- groups


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("where is it?", 3), ("荷物はどこですか", 4), ("订单 #123 在哪", 3), ("أين طلبي الآن", 3)],
)
def test_words_are_counted_in_every_script(text: str, words: int) -> None:
    assert count_words(text) == words


def test_lengths_go_from_short_to_long() -> None:
    pairs = [guess("word " * count, LABELS[0], LABELS[0], 0.9) for count in (61, 60, 16, 15, 4, 3)]
    assert [(group.name, group.messages) for group in by_length(pairs)] == [
        ("1–3 words", 1),
        ("4–15 words", 2),
        ("16–60 words", 2),
        ("over 60 words", 1),
    ]


def test_figures_by_language_of_known_numbers() -> None:
    others = {"delivery.delay": 0.3, "delivery.customs": 0.2, "payment.failed": 0.1}
    pairs = [
        guess("a", "order.status", "order.status", 0.9, language="de"),
        guess("b", "order.status", "payment.failed", 0.9, language="de"),
        (Utterance("c", "order.status", "de"), predict({**others, "order.status": 0.25, "return.request": 0.15})),
        (Utterance("d", "order.status", "de"), predict({**others, "order.status": 0.05, "return.request": 0.35})),
        (Utterance("e", "no.label"), predict({**others, "order.status": 0.05, "return.request": 0.35})),
    ]
    unknown, german = by_language(pairs)
    assert (unknown.name, unknown.messages, unknown.top3, unknown.precision) == ("?", 1, 0.0, None)
    assert (german.name, german.messages, german.top1, german.coverage, german.precision) == ("de", 4, 0.25, 0.5, 0.5)
    assert german.top3 >= 0.5


def test_intents_come_worst_first() -> None:
    pairs = [
        guess("a", "order.status", "order.status", 0.9),
        guess("b", "order.status", "order.status", 0.9),
        guess("c", "order.status", "payment.failed", 0.9),
        guess("d", "payment.failed", "payment.failed", 0.9),
        guess("e", "return.request", "order.status", 0.9),
    ]
    worst, middle, best = by_intent(pairs)
    assert (worst.name, worst.recall, worst.precision, worst.f1) == ("return.request", 0.0, None, 0.0)
    assert (middle.name, middle.messages) == ("order.status", 3)
    assert (middle.recall, middle.precision) == (2 / 3, 2 / 3)
    assert (best.name, best.recall, best.precision, best.f1) == ("payment.failed", 1.0, 0.5, 2 / 3)


# --- a shop's mix


def test_a_shop_hears_most_of_deliveries_and_payments() -> None:
    assert sum(SHOP_MIX.values()) == pytest.approx(1)
    assert SHOP_MIX["delivery"] > 1 / 3
    assert SHOP_MIX["payment"] == pytest.approx(0.2)
    prior = shop_prior(LABELS)
    assert prior is not None
    assert prior.sum() == pytest.approx(1)
    assert prior[0] == prior[1]
    assert prior[0] / prior[3] == pytest.approx(0.18 / 0.2)


def test_other_label_sets_have_no_mix() -> None:
    assert shop_prior(("delivery.delay", "card_arrival")) is None
    spec = manifest(("red", "blue")).heads.intent
    assert under_mixes([predict({"red": 0.9, "blue": 0.1})], [Utterance("x", "red")], spec) == ()


def test_correction_for_the_mix_mends_what_the_mix_breaks() -> None:
    labels = ("delivery.delay", "order.status", "other.spam")
    test = drawn("random", 10_000, 3, labels)
    even, shop, known, estimated = under_mixes(test.predictions, test.utterances, manifest(labels).heads.intent)
    assert max(even.ece, known.ece) < 0.02
    assert known.log_loss < estimated.log_loss + 1e-3 < shop.log_loss
    assert min(known.top1, estimated.top1) > shop.top1
    figures = metrics_of(test.predictions, test.utterances)
    assert (even.top1, even.ece) == pytest.approx((figures.intent_top1, figures.intent_ece))
    assert even.precision == pytest.approx(figures.precision)


# --- report.json


def test_the_json_reads_back_as_the_same_report(written: tuple[str, Any]) -> None:
    adapter = TypeAdapter(Report)
    report = adapter.validate_python(written[1])
    assert json.loads(adapter.dump_json(report)) == written[1]
    assert [test.name for test in report.tests] == ["random", "unseen_situations"]
    assert report.corpus == {"messages": 1234, "sha256": "ab" * 32}
    assert report.bundle["name"] == "made-up"


def test_the_json_holds_the_metrics_and_every_head(written: tuple[str, Any]) -> None:
    test = drawn("random", 300, 1)
    found = written[1]["tests"][0]
    assert found["metrics"] == metrics_of(test.predictions, test.utterances).as_json()
    assert [one["head"] for one in found["reliability"]] == ["intent", "escalation", "sentiment", "language"]
    assert found["reliability"][0]["ece"] == found["metrics"]["intent_ece"]
    assert found["coverage"][-1] == [1.0, found["metrics"]["intent_top1"]]
    assert sum(group["messages"] for group in found["languages"]) == 300
    goals = {goal["precision"]: goal["coverage"] for goal in found["goals"]}
    assert goals[0.95] == found["metrics"]["coverage_at_95"]


def test_the_worst_errors_are_the_surest(written: tuple[str, Any]) -> None:
    errors = written[1]["errors"]
    assert len(errors) == 60
    probabilities = [error["probability"] for error in errors]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(error["truth"] != error["guess"] for error in errors)
    assert all(re.fullmatch(r"de\.tsv:\d+", error["where"]) for error in errors)
    assert all(len(error["text"]) <= 301 for error in errors)
    assert any(error["text"].endswith("…") for error in errors)


def test_a_head_that_the_bundle_lacks_is_not_drawn(tmp_path: Path) -> None:
    write_report(tmp_path, manifest(escalation=False), [drawn("random", 50, 1)], [])
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["tests"][0]["reliability"]
    assert [one["head"] for one in found] == ["intent", "sentiment", "language"]


def test_messages_without_labels_give_a_report(tmp_path: Path) -> None:
    page, found = report_of(tmp_path, judged("own", [guess("hello", "order.status", "order.status", 0.9)]))
    assert [one["head"] for one in found["tests"][0]["reliability"]] == ["intent"]
    assert found["errors"] == []
    assert "Every first guess is right" in page


def test_nothing_to_test_with_is_said(tmp_path: Path) -> None:
    page, found = report_of(tmp_path, judged("random", []), confusions=0)
    assert found["tests"] == []
    assert "Not measured" in page


def test_predictions_for_other_messages_are_refused(tmp_path: Path) -> None:
    test = drawn("random", 5, 1)
    with pytest.raises(ValueError, match="shorter"):
        write_report(tmp_path, manifest(), [Judged("random", test.utterances, test.predictions[:4])], [])


# --- report.html


class Balance(HTMLParser):
    """Notes tags that are not closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> at {self.getpos()}")


def problems_of(page: str) -> list[str]:
    balance = Balance()
    balance.feed(page)
    balance.close()
    return balance.problems + balance.open


def test_the_page_is_well_formed(written: tuple[str, Any]) -> None:
    assert problems_of(written[0]) == []
    tree = LexborHTMLParser(written[0])
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(ids) == len(set(ids))
    named = {name for node in tree.css("[aria-labelledby]") for name in str(node.attributes["aria-labelledby"]).split()}
    targets = {str(node.attributes["href"]).removeprefix("#") for node in tree.css("a")}
    assert named | targets <= set(ids)
    assert len(tree.css("svg[role=img]")) == 2 * 4 + 1
    assert all(node.css_first("title") is not None for node in tree.css("svg[role=img]"))


def test_rows_have_as_many_cells_as_their_heading(written: tuple[str, Any]) -> None:
    for table in LexborHTMLParser(written[0]).css("#figures table, #coverage table, #confusions table, .intents table"):
        wide = len(table.css("thead th"))
        assert {len(row.css("th, td")) for row in table.css("tbody tr")} == {wide}


def test_the_page_needs_nothing_beside_it(written: tuple[str, Any]) -> None:
    tree = LexborHTMLParser(written[0])
    addresses = [str(node.attributes["href"]) for node in tree.css("[href]")]
    assert all(address.startswith("#") or address == "data:," for address in addresses)
    assert not tree.css("script, img, iframe, object, embed, [src], [onload], [onerror]")
    assert not re.search(r"@import|url\(", written[0])


def test_page_and_json_agree(written: tuple[str, Any]) -> None:
    page, report = written
    tree = LexborHTMLParser(page)
    first = [node.text() for node in tree.css("#figures tbody tr")[1].css("td")]
    assert first == [f"{100 * test['metrics']['intent_top1']:.1f}\u00a0%" for test in report["tests"]]
    intents = [node.text().replace("\u200b", "") for node in tree.css(".intents")[0].css("tbody code")]
    assert intents == [row["name"] for row in report["tests"][0]["intents"]]
    assert len(tree.css("#confusions tbody tr")) == 40
    assert len(report["confusions"]) == 50
    assert len(tree.css("blockquote")) == len(report["errors"])


def test_charts_stay_within_their_frame(written: tuple[str, Any]) -> None:
    for chart in LexborHTMLParser(written[0]).css("svg[role=img]"):
        _, _, width, height = (float(part) for part in str(chart.attributes["viewBox"]).split())
        for node in chart.css("circle"):
            assert 0 <= float(str(node.attributes["cx"])) <= width
            assert 0 <= float(str(node.attributes["cy"])) <= height
        for node in chart.css("polyline"):
            pairs = [pair.split(",") for pair in str(node.attributes["points"]).split()]
            assert pairs
            assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in pairs)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_only_shown(tmp_path: Path, text: str) -> None:
    shown = text.replace("\ud83d", "?")
    known = {"language": text, "channel": text, "where": f"/x/{text}:1", "also": (text,)}
    test = judged(text, [guess(text, text, f"{shown}!", 0.9, **known), guess("fine", LABELS[0], LABELS[0], 0.9)])
    labels = (*LABELS, f"{shown}!")
    write_report(tmp_path, manifest(labels), [test], [Confusion(text, text, 1, 1.0)], notes=[text])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert problems_of(page) == []
    tree = LexborHTMLParser(page)
    assert not tree.css("script, img, [onload], [onerror]")
    quote = tree.css_first("blockquote")
    assert quote is not None
    assert quote.text() == shown
    assert quote.attributes["lang"] == shown
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["errors"][0]["text"] == shown
