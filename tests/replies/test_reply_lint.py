"""The linter: each thing that it is for, found in a file that is wrong in just that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from replies import lint as linter
from replies.lint import Coverage, lint, lint_coverage, lint_file, lint_generic, main, read_coverage, text_problems
from replies.templates import parse_template
from tickets.errors import NotFoundError

if TYPE_CHECKING:
    from tests.replies.conftest import Text

GOOD = "Hello{% if customer.first_name %} {{ customer.first_name }}{% endif %},\n\nplease send me your order number."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_clean(folder: Path, text: Text) -> None:
    template, findings = lint_file(write(folder, "order.status.ask.liquid", text(GOOD)))
    assert template is not None
    assert findings == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Hello {{ customer.first_name | default: '' }},\n\nbye", "a gap before a punctuation mark"),
        ("Hello{% if customer %}  {{ customer.first_name }}{% endif %}, bye", "double spaces"),
        ("{{ customer.first_name | default: '' }}, bye", "the greeting is blank"),
        ("Hello\n bye", "a space at a line's edge"),
        ("Hello <b>you</b>", "HTML is left in the text: 'Hello <b>you</b>'"),
        ("Hello &nbsp;", "HTML is left in the text"),
        ("Hello **you**", "Markdown is left in the text"),
        ("# Hello", "Markdown is left in the text"),
        ("Hello }", None),
        ("Hello {{ '{{' }}", "{{ is never closed"),
        ("Hello None", "an empty value is written out"),
        ("{% assign at = order.placed_at %}Hello, {{ at }}", "a date is written as a machine writes it"),
        ("Hel\u200blo", "invisible characters"),
        ("{{ order.tracking }}{% if order.state == 'late' %}{{ shop.x }}{% endif %}", None),
        ("{{ shop.no_such_fact }}", "it is never offered"),
        ("{{ order.shipped_at }}", "write {{ order.shipped_at | day }}"),
    ],
)
def test_what_a_customer_should_not_see(folder: Path, text: Text, body: str, words: str | None) -> None:
    _, findings = lint_file(write(folder, "order.status.ask.liquid", text(body)))
    shown = "\n".join(str(finding) for finding in findings)
    assert (words in shown) if words else shown == ""


def test_an_impossible_condition_is_found(folder: Path, text: Text) -> None:
    written = text("Hello", when='order.state == "lost"')
    _, findings = lint_file(write(folder, "order.status.ask.liquid", written))
    assert "it is never offered" in findings[0].message


def test_the_file_is_named_after_the_id(folder: Path, text: Text) -> None:
    path = write(folder, "status.liquid", text(GOOD))
    _, findings = lint_file(path)
    assert [str(finding) for finding in findings] == [f"{path}:1: the file should be named order.status.ask.liquid"]


@pytest.mark.parametrize("shown", ["A text. Another, 1.5 kg; fine…", "Bonjour : voici", "您好，请稍等。", "مرحبا، كيف"])
def test_good_texts_have_no_problems(shown: str) -> None:
    assert text_problems(shown) == []


def test_a_generic_variant_needs_nothing(text: Text) -> None:
    def messages(body: str, **matter: str) -> list[str]:
        template = parse_template(text(body, **matter), "a")
        return [finding.message for finding in lint_generic(template, Path("a"))]

    assert messages(GOOD) == []
    assert "it needs order.id" in messages("{{ order.id }}")[0]
    assert messages("Hello", when="not message.order") == []
    assert "it has a `when` that asks for data" in messages("Hello", when="order")[0]
    assert messages("Write to a@b.com or see www.b.com") == [
        "a generic variant holds no e-mail address: marketplaces forbid it",
        "a generic variant holds no link: marketplaces forbid it",
    ]


def test_coverage(folder: Path, text: Text) -> None:
    coverage = Coverage(
        generic={"order.status": "ask"},
        others={"order.status": ("shipped",)},
        further={"item.wrong": ("order",)},
        complete=frozenset({"en"}),
        languages=("de", "en"),
        intents=("order.status", "item.wrong"),
    )
    english, german = folder / "en", folder / "de"
    templates = {
        english / "a": parse_template(text(GOOD), "a"),
        english / "b": parse_template(text(GOOD, "other.label.ask"), "b"),
        german / "c": parse_template(text("{{ order.id }}", language="de"), "c"),
    }
    found = [str(finding) for finding in lint_coverage(templates, coverage, [english, german])]
    assert found == [
        f"{english}/order.status.shipped.liquid:1: missing: the coverage list names it",
        f"{english}/item.wrong.order.liquid:1: missing: the coverage list names it",
        f"{english}:1: no generic variant of item.wrong",
        f"{english}:1: other.label is no intent of the shipped labels",
        f"{german}/order.status.shipped.liquid:1: missing: the coverage list names it",
        f"{german}/item.wrong.order.liquid:1: missing: the coverage list names it",
        f"{german}/c:1: this variant must be offered when nothing is known, but it needs order.id",
    ]


def test_a_language_folder_of_the_library_is_checked_whole(
    folder: Path, text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linter, "SHIPPED", folder)
    path = write(folder, "de/order.status.ask.liquid", text(GOOD))
    found = [str(finding) for finding in lint([folder / "de"])]
    assert f"{path}:1: language 'en' does not belong in the folder 'de'" in found
    assert f"{folder}/de/order.status.ask.liquid:1: missing: the coverage list names it" in found
    assert len([line for line in found if "missing: the coverage list" in line]) == 160
    assert len({line.split("/")[-2] for line in map(str, lint([folder])) if "missing: the" in line}) == 12


def test_the_coverage_list_is_consistent() -> None:
    coverage = read_coverage()
    assert len(coverage.intents) == len(set(coverage.intents)) == 50
    assert len(coverage.generic) == 12
    assert set(coverage.generic) == set(coverage.others) <= set(coverage.intents)
    assert coverage.complete <= set(coverage.languages)


def test_the_command(folder: Path, text: Text, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(folder, "good/order.status.ask.liquid", text(GOOD))
    bad = write(folder, "bad/order.status.ask.liquid", text("\n\n{{ order.idd }}"))
    assert main([str(good)]) == 0
    assert capsys.readouterr().out == "clean\n"
    assert main([str(folder)]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{bad}:9: unknown variable order.idd; did you mean order.id? (docs/templates.md")
    assert out.endswith("\n1 finding\n")
    write(folder, "worse/order.status.ask.liquid", text("\n\n{{ order.idd }}"))
    assert main([str(folder)]) == 1
    assert capsys.readouterr().out.endswith(" findings\n")
    assert main([]) == 2
    assert main(["--verbose"]) == 2
    assert main(["--help"]) == 0
    assert main([str(folder / "nothing")]) == 2
    assert "is neither a file nor a folder" in capsys.readouterr().err


def test_a_missing_path_is_an_error(folder: Path) -> None:
    with pytest.raises(NotFoundError):
        lint([folder / "nothing"])


def test_it_runs_as_a_module(folder: Path, text: Text) -> None:
    path = write(folder, "order.status.ask.liquid", text(GOOD))
    root = Path(linter.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "replies.lint", str(path)],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert (done.returncode, done.stdout) == (0, "clean\n")
