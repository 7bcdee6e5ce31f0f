"""The result as tables, for the terminal and for docs/knowledge-base.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.accuracy.tables import Table, markdown, percent
from benchmarks.accuracy.tables import filled as tables_in

FIRST = "<!-- figures: written by `python -m benchmarks.answers --table`, from benchmarks/answers/results -->"
NAMES = {
    "deskhand": "Deskhand",
    "plain": "Deskhand, articles name no questions",
    "bm25": "BM25 alone",
    "minilm": "MiniLM alone",
}
_PARTS = {"test": "test part", "all": "all", "plain": "test part, articles name no questions"}
_CUSTOMERS = {
    "fitting": "or after one question back, the fitting article taken",
    "first": "the same, the first article taken",
}
_GROUPS = {"same": "same language", "across": "across languages"}


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Lay a result out."""
    figures = result["figures"]
    found = [_shop(figures["shop"])]
    if "epqa" in figures:
        rows = [(NAMES[name], percent(one["first"]), f"{one['mrr']:.3f}") for name, one in figures["epqa"].items()]
        count = next(iter(figures["epqa"].values()))["questions"]
        found.append(Table(f"ePQA, {count} questions to products that test", ("", "P@1 %", "MRR"), tuple(rows)))
    if "xquad" in figures:
        languages = tuple(next(iter(figures["xquad"].values())))
        by_language = [
            (NAMES[name], *(percent(one[language]["first"]) for language in languages))
            for name, one in figures["xquad"].items()
        ]
        found.append(Table("XQuAD, the right English paragraph first, %", ("", *languages), tuple(by_language)))
    if "paraphrases" in figures:
        found.append(_paraphrases(figures["paraphrases"]))
    curves = (
        _curve("How sure the first passage is", figures["probability"]),
        _curve("The same where articles name no questions", figures["probability_plain"]),
    )
    return [*found, *curves, _bot(figures["bot"])]


def lines(result: Mapping[str, Any]) -> list[str]:
    """Lay a result out as Markdown."""
    return [f"`{result['command']}`.", "", *(line for table in tables(result) for line in markdown(table))]


def filled(page: str, inside: Sequence[str]) -> str:
    """Return the page with other lines between its two marks.

    Raises:
        ValueError: The page lacks a mark.

    """
    return tables_in(page, inside, FIRST)


def _shop(figures: Mapping[str, Any]) -> Table:
    rows = []
    for part in ("test", "all"):
        for group, title in _GROUPS.items():
            for name, one in figures.items():
                held = one[part][group]
                label = f"{title}, {part} ({held['questions']}): {NAMES[name]}"
                rows.append((label, percent(held["first"]), percent(held["among_three"])))
    return Table("Sample shop: the right article, %", ("", "first", "among three"), tuple(rows))


def _paraphrases(figures: Mapping[str, Any]) -> Table:
    groups = [name for name in next(iter(figures.values())) if name != "texts"]
    rows = [(NAMES[name], *(percent(one[group]) for group in groups)) for name, one in figures.items()]
    title = "Questions whose nearest in another language means the same, by vectors alone, %"
    count = next(iter(figures.values()))["texts"]
    caveat = f"{count} questions among near misses, on matters that no encoder learned from."
    return Table(title, ("", *groups), tuple(rows), caveat)


def _curve(title: str, figures: Mapping[str, Any]) -> Table:
    rows = [
        (f"{100 * one['coverage']:.0f} %", percent(one["precision"]), f"{one['probability']:.2f}")
        for one in figures["curve"]
    ]
    caveat = f"Test part, {figures['questions']} questions; expected calibration error {figures['ece']:.3f}."
    return Table(title, ("answered", "right %", "from probability"), tuple(rows), caveat)


def _bot(figures: Mapping[str, Any]) -> Table:
    rows = [
        (
            f"{_PARTS[part]}{ended}",
            str(counts["answered"]),
            percent(counts["share_of_answerable"]),
            percent(counts["precision"]),
            percent(counts["precision_of_answerable"]),
        )
        for part, one in figures.items()
        if part in _PARTS
        for ended, counts in _ends(one)
    ]
    header = ("", "answered", "answerable ones answered right %", "precision %", "precision of answerable ones %")
    title = f"The bot on questions to the sample shop, from a probability of {figures['min_probability']:g} on"
    caveat = (
        "It may ask back once. A customer who takes the article that answers, and else none, is the best that can "
        "happen then, one who always takes the first article that is offered the worst."
    )
    return Table(title, header, tuple(rows), caveat)


def _ends(one: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield ", at once", one
    for customer, counts in one.get("after_asking_back", {}).items():
        yield f", {_CUSTOMERS[customer]}", counts
