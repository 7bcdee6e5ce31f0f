"""Taking an article back: what is a draft again disappears, what is private is never public, and what stays is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from docx import Document

from knowledge_base.errors import RefusalError
from knowledge_base.importing import article_from, read_path
from knowledge_base.records import Visibility
from knowledge_base.store import ArticleStore
from tests.knowledge_base.making import word

if TYPE_CHECKING:
    from pathlib import Path

    from knowledge_base.records import ImportReport
    from tickets.database import Database

FORMS = ("csv", "json", "html", "htm", "md", "docx")


def write(folder: Path, form: str, name: str, value: str, text: str = "Thirty days.") -> Path:
    """Write one article that says one more thing of itself."""
    path = folder / f"returns.{form}"
    named = {"id": "returns", "title": "Returns", "language": "en", name: value}
    head = "".join(f"{one}: {said}\n" for one, said in named.items())
    if form == "csv":
        path.write_text(f"{','.join(named)},body\n{','.join(named.values())},{text}\n")
    elif form == "json":
        path.write_text(json.dumps([{**named, name: {"true": True, "false": False}.get(value, value), "body": text}]))
    elif form == "html":
        metas = "".join(f'<meta name="{one}" content="{said}">' for one, said in named.items())
        path.write_text(f"<html><head>{metas}</head><body><p>{text}</p></body></html>")
    elif form in {"htm", "md"}:
        path.write_text(f"---\n{head}---\n{text}\n")
    else:
        document = Document()
        document.add_paragraph(text)
        path.write_bytes(word(document))
        path.with_name(path.name + ".yaml").write_text(head)
    return path


def imported(store: ArticleStore, path: Path) -> ImportReport:
    read = read_path(path)
    return store.apply(read.articles, source=str(path), remove_missing=True, refused=read.refused)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("name", "value", "back"), [("draft", "true", "false"), ("published", "false", "true")])
def test_a_draft_takes_back_what_was_public(
    database: Database, tmp_path: Path, form: str, name: str, value: str, back: str
) -> None:
    store = ArticleStore(database)
    assert imported(store, write(tmp_path, form, name, back)).added == ("returns (en)",)
    path = write(tmp_path, form, name, value, text=" ")
    read = read_path(path)
    assert (read.articles, read.refused) == ((), ())
    (label,) = read.unpublished
    assert label.startswith(str(path))
    assert imported(store, path).removed == ("returns (en)",)
    assert store.languages("returns") == ()
    assert store.entries() == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "value", "visibility"),
    [
        ("private", "true", Visibility.INTERNAL),
        ("private", "false", Visibility.PUBLIC),
        ("access", "internal", Visibility.INTERNAL),
        ("access", "Public", Visibility.PUBLIC),
        # Other programs write there when it was published.
        ("published", "2026-01-31", Visibility.PUBLIC),
    ],
)
def test_what_is_private_elsewhere_is_internal_here(
    tmp_path: Path, form: str, name: str, value: str, visibility: Visibility
) -> None:
    read = read_path(write(tmp_path, form, name, value))
    assert (read.refused, read.unpublished) == ((), ())
    assert [article.visibility for article in read.articles] == [visibility]


def test_what_other_programs_say_yields_to_visibility() -> None:
    values = {"id": "a", "title": "A", "language": "en", "body": "Text."}
    for more, wanted in (
        ({"visibility": "internal", "private": False, "access": "groups"}, Visibility.INTERNAL),
        ({"visibility": "public", "access": "groups"}, Visibility.PUBLIC),
        ({"private": True, "access": "public"}, Visibility.INTERNAL),
    ):
        assert article_from({**values, **more}).visibility is wanted
    with pytest.raises(RefusalError, match="this is a draft: publish it"):
        article_from({**values, "published": False})


def test_a_report_says_what_is_kept_because_of_a_refusal(database: Database, tmp_path: Path) -> None:
    store = ArticleStore(database)
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.md").write_text(f"---\nlanguage: en\ntitle: {name}\n---\nText.\n")
    assert imported(store, tmp_path).kept == ()
    (tmp_path / "a.md").unlink()
    (tmp_path / "b.md").write_text("---\nlanguage: en\ntitle: b\ndraft: true\n---\nText.\n")
    (tmp_path / "c.md").write_text("---\nlanguage: xx\ntitle: c\n---\nText.\n")
    report = imported(store, tmp_path)
    assert (report.removed, report.kept) == ((), ("a (en)", "b (en)", "c (en)"))
    (tmp_path / "c.md").write_text("---\nlanguage: en\ntitle: c\n---\nText.\n")
    report = imported(store, tmp_path)
    assert (report.removed, report.kept) == (("a (en)", "b (en)"), ())
