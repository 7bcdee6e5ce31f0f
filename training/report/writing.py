"""Write `report.json` and `report.html` into a bundle's folder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from models.manifest import Manifest
from training.report.contents import Confusion, Judged, Report, contents_of
from training.report.figures import about_set, beside_each_other, figure_rows, ranked
from training.report.mix import SHOP_MIX

JSON_NAME = "report.json"
HTML_NAME = "report.html"
_TEMPLATES = Path(__file__).parent / "templates"
_MOST_CONFUSIONS = 40


def write_report(
    folder: Path,
    manifest: Manifest,
    tests: Sequence[Judged],
    confusions: Sequence[Confusion],
    *,
    notes: Sequence[str] = (),
) -> None:
    """Write the report as JSON and as one page that needs nothing beside it.

    Args:
        folder: An existing folder, as a rule that of the bundle.
        manifest: The bundle that made the predictions.
        tests: Test sets with the predictions for them.
        confusions: Pairs of intents that are taken for each other, counted by cross-validation on the training data.
        notes: Sentences to stand at the top of the page.

    Raises:
        OSError: The folder cannot be written.
        ValueError: A test set has not as many predictions as messages.

    """
    report = contents_of(manifest, tests, confusions, notes)
    (folder / JSON_NAME).write_bytes(orjson.dumps(_plain(report), option=orjson.OPT_INDENT_2) + b"\n")
    (folder / HTML_NAME).write_bytes(page(report).encode("utf-8", "replace"))


def page(report: Report) -> str:
    """Render the page: everything is escaped, a missing value is an error."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=_percent, score=_score, title=_title)
    tests = report.tests
    return environment.get_template("report.html").render(
        report=report,
        figures=figure_rows(tests),
        about=about_set,
        tables=[
            ("languages", "Language", beside_each_other(tests, lambda test: test.languages)),
            ("lengths", "Length", beside_each_other(tests, lambda test: test.lengths)),
            ("channels", "Channel", beside_each_other(tests, lambda test: test.channels)),
        ],
        ranked=ranked,
        confusions=report.confusions[:_MOST_CONFUSIONS],
        lowest=_lowest_precision(report),
        shop_mix=SHOP_MIX,
    )


def _lowest_precision(report: Report) -> float:
    """Return where the precision axis begins: the tenth below the lowest point, at most 0.9."""
    lowest = min((precision for test in report.tests for _, precision in test.coverage), default=0.9)
    return min(0.9, math.floor(lowest * 10) / 10)


def _percent(value: float | None, places: int = 1) -> str:
    return "–" if value is None else f"{100 * value:.{places}f}\N{NO-BREAK SPACE}%"


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _title(name: str) -> str:
    return name[:1].upper() + name[1:].replace("_", " ")


def _plain(value: object) -> object:
    """Return JSON types: records as objects, figures to four places, "?" for half surrogate pairs."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {_whole(str(name)): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return _whole(value)
    return round(value, 4) if isinstance(value, float) else value


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
