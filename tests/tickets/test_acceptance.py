"""What verdicts are worth: fading, replacing, the shares of edited texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tickets.acceptance import Outcome, Tally, credit_of, passed_over, rules
from tickets.differences import Change, difference, is_same

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BY = rules()


def counted(*outcomes: Outcome, start: Tally | None = None) -> Tally:
    tally = start or Tally()
    for outcome in outcomes:
        tally = tally.counted(outcome, credit_of(outcome, None), NOW, BY)
    return tally


def test_verdicts_are_counted_plainly_and_faded() -> None:
    tally = counted(Outcome.ACCEPTED, Outcome.EDITED, Outcome.REJECTED, Outcome.PASSED_OVER)
    assert (tally.accepted, tally.edited, tally.rejected, tally.passed_over) == (1, 1, 1, 1)
    assert (tally.used, tally.events) == (2, 4)
    step = 0.5 ** (1 / BY.half_life_events)
    assert tally.gained == pytest.approx(step**3 + step**2)
    assert tally.lost == pytest.approx(step + 1)


def test_half_of_a_verdict_is_forgotten_after_its_half_lives() -> None:
    tally = counted(Outcome.ACCEPTED)
    later = counted(*[Outcome.PASSED_OVER] * round(BY.half_life_events), start=tally)
    assert later.gained == pytest.approx(0.5)
    assert tally.faded(NOW + timedelta(days=BY.half_life_days), BY).gained == pytest.approx(0.5)
    assert tally.faded(date(2026, 11, 22) + timedelta(days=int(BY.half_life_days)), BY).gained == pytest.approx(0.5)
    assert tally.faded(NOW - timedelta(days=3), BY) == tally
    assert Tally().faded(NOW, BY) == Tally()


def test_a_verdict_that_is_taken_back_leaves_nothing() -> None:
    tally = counted(Outcome.REJECTED)
    assert tally.taken_back(Outcome.REJECTED, 0.0, tally.half_lives, BY).events == 0
    assert tally.taken_back(Outcome.REJECTED, 0.0, tally.half_lives, BY).lost == 0.0
    assert tally.taken_back(Outcome.ACCEPTED, 1.0, 0.0, BY).gained == 0.0, "it never sinks below nothing"


def test_of_an_old_verdict_only_what_is_left_is_taken_back() -> None:
    """Without that, changing one's mind about an old one would also forget what others said since."""
    first = counted(Outcome.REJECTED)
    later = NOW + timedelta(days=BY.half_life_days)
    both = first.left_below(later, BY).counted(Outcome.REJECTED, 0.0, later, BY)
    alone = replace(first, rejected=0, lost=0.0).left_below(later, BY).counted(Outcome.REJECTED, 0.0, later, BY)
    assert both.lost > alone.lost + 0.4
    left = both.taken_back(Outcome.REJECTED, 0.0, first.half_lives, BY)
    assert (left.rejected, left.gained) == (1, 0.0)
    assert left.lost == pytest.approx(alone.lost)


def test_what_stood_below_loses_a_little_and_has_no_verdict() -> None:
    tally = Tally().left_below(NOW, BY)
    assert tally.events == 0
    assert tally.lost == pytest.approx(BY.left_below)


def test_an_edited_text_counts_by_what_was_kept() -> None:
    assert credit_of(Outcome.EDITED, 0.8) == 0.8
    assert credit_of(Outcome.EDITED, None) == 1.0
    assert credit_of(Outcome.ACCEPTED, 0.1) == 1.0
    assert credit_of(Outcome.REJECTED, 1.0) == credit_of(Outcome.PASSED_OVER, 1.0) == 0.0


def test_only_what_stood_above_and_has_no_verdict_is_passed_over() -> None:
    assert passed_over([None, Outcome.REJECTED, None, None], 3) == [0, 2]
    assert passed_over([None, None], 0) == []


def test_tallies_of_languages_add_up() -> None:
    total = counted(Outcome.ACCEPTED) + counted(Outcome.REJECTED).shown()
    assert (total.seen, total.accepted, total.rejected, total.gained, total.lost) == (1, 1, 1, 1.0, 1.0)
    assert total.at == NOW


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("Hello Anna,\nyour parcel left.", "Hello Anna,\nyour parcel left today.", (Change(28, "", " today"),)),
        ("您的包裹已发出。", "您的包裹明天发出。", (Change(4, "已", "明天"),)),
        ("Ihr Paket kommt morgen.", "Ihr Brief kommt morgen.", (Change(4, "Paket", "Brief"),)),
        ("مرحبا ليلى", "مرحبا", (Change(5, " ليلى", ""),)),
    ],
)
def test_changes_are_found_word_by_word(old: str, new: str, changes: tuple[Change, ...]) -> None:
    found = difference(old, new)
    assert found.changes == changes
    assert 0.4 < found.kept < 1.0
    rebuilt = old
    for change in reversed(found.changes):
        assert rebuilt[change.at : change.at + len(change.old)] == change.old
        rebuilt = rebuilt[: change.at] + change.new + rebuilt[change.at + len(change.old) :]
    assert rebuilt == new


def test_an_equal_text_is_kept_whole() -> None:
    assert difference(" Hello \n", "Hello") == difference("", "")
    assert difference("Hello", "Hello").kept == 1.0
    assert is_same("Hello\n\nAnna ", "Hello Anna")
    assert not is_same("Hello", "Hallo")


def test_huge_and_hostile_texts_are_compared_in_bounded_work() -> None:
    lines = difference("a b\n" * 5_000, "a b\n" * 4_999 + "c\n" + "d " * 10_000)
    assert lines.kept < 1.0
    whole = difference("\n" * 1_000 + "x\n" * 9_000, "y\n" * 40_000)
    assert whole.changes[0].at == 0
    assert whole.kept == 0.0
    many = difference(" ".join(f"w{n}" for n in range(900)), " ".join(f"w{n}" if n % 2 else "x" for n in range(900)))
    assert len(many.changes) == 1, "a list of a thousand changes tells nobody anything"
    assert 0.4 < many.kept < 0.9
