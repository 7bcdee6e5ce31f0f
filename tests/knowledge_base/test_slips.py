"""Slips that could make an internal article public, or lose a whole import: refused, with the rest imported."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from knowledge_base.errors import RefusalError
from knowledge_base.front_matter import split_front_matter
from knowledge_base.importing import article_from, read_path
from knowledge_base.records import Visibility
from knowledge_base.sizes import MAX_BARS
from tests.knowledge_base.making import pdf

if TYPE_CHECKING:
    from pathlib import Path

    from knowledge_base.records import ReadResult
    from knowledge_base.store import ArticleStore

NAMES = "id: wages\nvisibility: internal"
SECRET = "What we pay our people."


def read(folder: Path, text: str, name: str = "wages.md") -> ReadResult:
    (folder / "en").mkdir(exist_ok=True)
    (folder / "en" / name).write_text(text, encoding="utf-8", errors="surrogatepass")
    (folder / "en" / "good.md").write_text("# Good\n\nA parcel takes two days.\n", encoding="utf-8")
    return read_path(folder)


def refusal(folder: Path, text: str, name: str = "wages.md") -> tuple[int, str]:
    found = read(folder, text, name)
    assert [article.id for article in found.articles] == ["good"]
    (refused,) = found.refused
    return refused.line, refused.reason


@pytest.mark.parametrize(
    ("opening", "closing", "line"),
    [
        ("\n---", "---", 2),
        (" ---", "---", 1),
        ("\u200b---", "---", 1),
        ("<!-- for us\nalone --><!-- x -->\n---", "---", 3),
        ("----", "----", 1),
        ("---yaml", "---", 1),
        ("+++", "+++", 1),
        (";;;", ";;;", 1),
    ],
)
def test_front_matter_that_is_set_off_in_another_way(tmp_path: Path, opening: str, closing: str, line: int) -> None:
    for names in (NAMES, NAMES.replace(": ", ' = "') + '"', f"layout: page\n\n{NAMES}".replace("\n\n", "\n")):
        found = refusal(tmp_path, f"{opening}\n{names}\n{closing}\n\n# Wages\n\n{SECRET}\n")
        assert found[0] == line
        assert "must begin with --- alone in the first line" in found[1]


def test_front_matter_without_any_fence(tmp_path: Path) -> None:
    assert "must begin with ---" in refusal(tmp_path, f"Visibility: internal\n\n# Wages\n\n{SECRET}\n")[1]


@pytest.mark.parametrize(
    "text",
    [
        "---\nid: a\n---\n\n# T\n\nText.",
        "\n---\n\n# A rule first\n\nAnd a text with id: 7 in it.",
        "----\n\nTwo days.\n\ntitle: not a name",
        "+++\nA text between plus signs\n+++",
        "Visibility in fog: put on lights.",
        "<!-- " * 3_000,
        "<!-- x -->" * 3_000 + "end",
    ],
)
def test_other_texts_begin_as_they_like_and_are_read_in_time(text: str) -> None:
    started = time.process_time()
    split_front_matter(text)
    assert time.process_time() - started < 60, "no pattern runs away"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("visibility: {internal: true}", "`visibility` holds further names"),
        ("visibility:\n  - level: internal", "`visibility` holds further names"),
        ("private: {a: b}", "`private` holds further names"),
        ("draft: {x: true}", "`draft` holds further names"),
        ("<<: {visibility: internal}", "write them out"),
        ("published: nein", "must be `true`, `false` or a day"),
        ("published: 'no, not yet'", "must be `true`, `false` or a day"),
        ('title: "a\\ud800b"', "half a character"),
        ("title: " + "x" * 301, "title has 301 characters, 300 are allowed: shorten it"),
        ("valid_until: 2030-12-31garbage", "is no day such as 2026-12-31"),
        ("valid_until: 2030-12-31 or so", "is no day such as 2026-12-31"),
        ("questions:\n  - &a " + "x" * 2_000 + "\n" + "  - *a\n" * 200, "aliases (*) written out: shorten it"),
    ],
)
def test_values_that_cannot_be_read(tmp_path: Path, line: str, reason: str) -> None:
    found = refusal(tmp_path, f"---\nid: wages\n{line}\n---\n\n# Wages\n\n{SECRET}\n")
    assert found[0] == 3
    assert reason in found[1]


def test_what_belongs_to_other_programs_is_left_alone(tmp_path: Path) -> None:
    names = "menu: {main: {weight: 3}}\nowner: {name: Mia}\npublished: 2024-05-01\nvalid_until: 2030-12-31T23:59:00Z"
    (_, wages) = read(tmp_path, f"---\n{names}\n---\n\n# Wages\n\n{SECRET}\n").articles
    assert (wages.owner, str(wages.valid_until), wages.visibility) == (None, "2030-12-31", Visibility.PUBLIC)


@pytest.mark.parametrize("name", ["n.pdf.yml", "n.pdf.YAML", "n.yaml", "n.yml", "n.pdf.yaml.txt"])
def test_a_file_beside_a_pdf_that_is_not_read(tmp_path: Path, name: str) -> None:
    beside(tmp_path).joinpath(name).write_text("visibility: internal\n", encoding="utf-8")
    (refused,) = read_path(tmp_path).refused
    assert refused.reason.startswith(
        f"{name} stands beside it and is not read: make it a regular file named n.pdf.yaml"
    )


def test_a_folder_or_a_broken_link_beside_a_pdf(tmp_path: Path) -> None:
    target = beside(tmp_path) / "n.pdf.yaml"
    target.mkdir()
    assert "regular file" in read_path(tmp_path).refused[0].reason
    target.rmdir()
    target.symlink_to(tmp_path / "nowhere")
    assert "regular file" in read_path(tmp_path).refused[0].reason
    target.unlink()
    assert read_path(tmp_path).refused == ()


def beside(folder: Path) -> Path:
    (folder / "en").mkdir()
    (folder / "en" / "n.pdf").write_bytes(pdf([[(24.0, "Wages"), (12.0, SECRET)]]))
    return folder / "en"


def test_json_objects_where_a_text_belongs() -> None:
    values = {"id": "a", "language": "en", "title": "A", "body": "A text."}
    for name in ("private", "published", "access", "market", "visibility"):
        with pytest.raises(RefusalError, match=f"`{name}` cannot be an object: give it a text"):
            article_from({**values, name: {"a": True}})
    assert article_from({**values, "author": {"name": "Mia"}}).id == "a"


def test_a_moment_beyond_the_calendar_is_refused_alone(tmp_path: Path, store: ArticleStore) -> None:
    good = {"id": "a", "title": "A", "language": "en", "body": "A text."}
    over = {**good, "id": "b", "source_updated_at": "9999-12-31T23:59:59-23:59"}
    found = read(tmp_path, json.dumps([good, over]), "two.json")
    assert {article.id for article in found.articles} == {"a", "good"}
    assert "is no moment such as" in found.refused[0].reason
    assert store.apply(found.articles, source="kb").added


def test_tables_of_more_cells_than_a_page_can_show(tmp_path: Path) -> None:
    row = "|" + "x|" * 99
    rows = "\n".join([row, "|" + "-|" * 99, *[row] * (MAX_BARS // 100)])
    assert "cells, 20000 are allowed: cut them into several" in refusal(tmp_path, f"# T\n\n{rows}\n")[1]


def test_a_pdf_of_short_pages_that_are_alike_is_no_stack_of_running_heads(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    zones = [[(12.0, f"Zone {number}: {number} euro")] for number in range(1, 6)]
    (tmp_path / "en" / "fees.pdf").write_bytes(pdf([[(24.0, "Fees")], *zones]))
    (fees,) = read_path(tmp_path).articles
    assert "Zone 5: 5 euro" in fees.body
