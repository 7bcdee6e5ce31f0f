"""What is written for the shop's own people never becomes an article, whatever the format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from docx import Document

from knowledge_base.errors import RefusalError
from knowledge_base.importing import article_from, read_path
from tests.knowledge_base.making import policy, word

if TYPE_CHECKING:
    from pathlib import Path

STEP = "Refund 50 EUR silently"
VALUES = {"id": "sop1", "title": "SOP", "language": "en", "intents": "item.damaged"}


def write(folder: Path, kind: str, form: str) -> Path:
    """Write a file whose one numbered point is the step, under a kind."""
    path = folder / f"sop1.{form}"
    named = {**VALUES, "kind": kind}
    head = "".join(f"{name}: {value}\n" for name, value in named.items())
    if form == "csv":
        path.write_text(f'{",".join(named)},body\n{",".join(named.values())},"1. {STEP}"\n')
    elif form == "json":
        # Names of JSON are read in any case.
        path.write_text(json.dumps([{**VALUES, "Kind": kind, "articles": ["claims"], "body": f"1. {STEP}"}]))
    elif form == "html":
        metas = "".join(f'<meta name="{name}" content="{value}">' for name, value in named.items())
        path.write_text(f"<html><head>{metas}</head><body><ol><li>{STEP}</li></ol></body></html>")
    elif form == "htm":
        path.write_text(f"---\n{head}---\n<ol><li>{STEP}</li></ol>")
    elif form == "md":
        path.write_text(f"---\n{head}---\n1. {STEP}\n")
    else:
        document = Document()
        document.add_paragraph(STEP, style="List Number")
        path.write_bytes(word(document))
        path.with_name(path.name + ".yaml").write_text(head)
    return path


FORMS = ("csv", "json", "html", "htm", "md", "docx")


@pytest.mark.parametrize("form", FORMS)
def test_a_procedure_is_one_in_every_format(tmp_path: Path, form: str) -> None:
    read = read_path(write(tmp_path, "procedure", form))
    assert read.refused == ()
    assert read.articles == ()
    (procedure,) = read.procedures
    assert (procedure.id, procedure.language, procedure.title) == ("sop1", "en", "SOP")
    assert ([step.text for step in procedure.steps], procedure.intents) == ([STEP], ("item.damaged",))
    assert procedure.articles == (("claims",) if form == "json" else ())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("procedur", "kind 'procedur' is unknown: did you mean `procedure`?"),
        ("runbook", "kind 'runbook' is unknown: say `procedure` or `article`, or take `kind` out"),
    ],
)
def test_a_kind_that_nobody_knows_is_refused(tmp_path: Path, form: str, kind: str, reason: str) -> None:
    read = read_path(write(tmp_path, kind, form))
    assert (read.articles, read.procedures) == ((), ())
    (refused,) = read.refused
    assert refused.reason.endswith(reason)


@pytest.mark.parametrize("form", FORMS)
def test_an_article_may_say_that_it_is_one(tmp_path: Path, form: str) -> None:
    read = read_path(write(tmp_path, "Article", form))
    assert (read.refused, read.procedures) == ((), ())
    assert [article.id for article in read.articles] == ["sop1"]


def test_a_procedure_without_steps_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "sop.csv").write_text("id,title,language,kind,body\na,A,en,article,Text\nb,B,en,procedure,Refund\n")
    (tmp_path / "sop.docx").write_bytes(word(policy()))
    (tmp_path / "sop.docx.yaml").write_text("kind: procedure\n")
    read = read_path(tmp_path)
    assert [article.id for article in read.articles] == ["a"]
    assert read.procedures == ()
    assert [(one.file.rsplit("/", 1)[1], one.line) for one in read.refused] == [("sop.csv", 3), ("sop.docx", 0)]
    assert all("no steps: write them as a numbered list" in one.reason for one in read.refused)


@pytest.mark.parametrize("kind", [["procedure"], {"name": "procedure"}])
def test_a_kind_is_one_word(tmp_path: Path, kind: object) -> None:
    path = tmp_path / "sop.json"
    path.write_text(json.dumps([{**VALUES, "kind": kind, "body": f"1. {STEP}"}]))
    read = read_path(path)
    assert (read.articles, read.procedures) == ((), ())
    assert "kind" in read.refused[0].reason


def test_the_name_kind_has_slips_of_the_pen_too(tmp_path: Path) -> None:
    path = tmp_path / "sop.md"
    path.write_text(f"---\nid: sop\nlanguage: en\nknd: procedure\n---\n# SOP\n\n1. {STEP}\n")
    assert read_path(path).refused[0].reason == "unknown name `knd`: did you mean `kind`?"


def test_named_values_make_no_article_of_a_procedure() -> None:
    values: dict[str, Any] = {**VALUES, "kind": "procedure", "body": f"1. {STEP}"}
    with pytest.raises(RefusalError, match="this is a procedure, and no article"):
        article_from(values)
