from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge_base.errors import RefusalError
from knowledge_base.front_matter import Field, split_front_matter
from knowledge_base.importing import read_path
from knowledge_base.procedure import MAX_STEPS, Procedure, Step, is_procedure, parse_steps, procedure_of
from knowledge_base.records import Article

BODY = """# Damaged parcel

Only for parcels that were damaged on their way.

1. Ask for **photos** of the box.
   - outside
   - inside
2. Open a claim, see [claims](/help/en/claims).

   The carrier answers within *five* days.

## When the carrier refuses

1) Refund from the budget.
"""
FIELDS = {
    "kind": Field("procedure", 2),
    "intents": Field(("item.damaged", "delivery"), 3),
    "articles": Field("claims, returns", 4),
}


def test_steps_are_the_points_of_numbered_lists_with_all_that_follows_them() -> None:
    intro, steps = parse_steps(BODY)
    assert intro == "Only for parcels that were damaged on their way."
    assert steps == (
        Step("Ask for **photos** of the box.\n- outside\n- inside"),
        Step("Open a claim, see [claims](/help/en/claims).\n\nThe carrier answers within *five* days."),
        Step("Refund from the budget.", "When the carrier refuses"),
    )


def test_a_step_can_be_shown_without_marks() -> None:
    _, steps = parse_steps(BODY)
    assert steps[0].plain == "Ask for photos of the box.\n- outside\n- inside"
    assert steps[1].plain == "Open a claim, see claims.\nThe carrier answers within five days."


def test_lists_within_quotes_and_code_are_no_steps() -> None:
    _, steps = parse_steps("> 1. quoted\n\n```\n1. code\n```\n\n1. The one step")
    assert [step.text for step in steps] == ["The one step"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Just words", "no steps: write them as a numbered list"),
        ("- a point\n- another", "no steps"),
        ("1. one\n2.\n3. three", "a step has no text"),
        ("\n".join(f"{number}. step" for number in range(1, MAX_STEPS + 2)), "101 steps, 100 are allowed"),
        (f"1. {'x' * 4_001}", "a step has 4001 characters"),
    ],
)
def test_what_is_no_procedure_is_refused(body: str, said: str) -> None:
    with pytest.raises(RefusalError, match=said):
        parse_steps(body)


def test_front_matter_says_whom_it_serves_and_who_keeps_it() -> None:
    kept = {"brand": "north", "owner": "Mia", "review_date": date(2027, 3, 1)}
    found = procedure_of(Article("damage", "en", "Damaged parcel", BODY, **kept), FIELDS)  # type: ignore[arg-type]
    assert found.intents == ("item.damaged", "delivery")
    assert found.articles == ("claims", "returns")
    assert (found.owner, found.review_date, found.brand) == ("Mia", date(2027, 3, 1), "north")
    assert len(found.steps) == 3


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("intents", "Damaged things", "intent 'Damaged things' is no label"),
        ("articles", tuple(str(number) for number in range(51)), "51 articles, 50 are allowed"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_line(name: str, value: str | tuple[str, ...], said: str) -> None:
    with pytest.raises(RefusalError, match=said) as caught:
        procedure_of(Article("p", "en", "P", "1. step"), {**FIELDS, name: Field(value, 7)})
    assert caught.value.line == 7


def test_a_procedure_serves_an_intent_or_all_of_a_topic() -> None:
    procedure = Procedure("p", "en", "P", (Step("s"),), intents=("delivery", "item.damaged"))
    assert procedure.serves("delivery.delay")
    assert procedure.serves("item.damaged")
    assert not procedure.serves("item.wrong")
    assert not procedure.serves("delivery_special.x")


@pytest.mark.parametrize(("kind", "wanted"), [("procedure", True), ("Procedure", True), ("page", False)])
def test_the_kind_tells_procedures_from_articles(kind: str, wanted: bool) -> None:
    assert is_procedure(split_front_matter(f"---\nkind: {kind}\n---\nText").fields) is wanted


@pytest.mark.parametrize("kind", ["procedur", "procedures", "SOP"])
def test_a_slip_of_the_pen_makes_no_public_article(kind: str) -> None:
    with pytest.raises(RefusalError, match="did you mean `procedure`"):
        is_procedure({"kind": Field(kind, 2)})


FILE = """---
kind: procedure
title: Damaged parcel
intents: item.damaged
owner: Mia
review_date: 2027-03-01
---
1. Ask for photos.
"""


def test_a_folder_gives_articles_and_procedures_apart(tmp_path: Path) -> None:
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / "damage.md").write_text(FILE)
    (folder / "returns.md").write_text("# Returns\n\n1. Pack it.")
    read = read_path(tmp_path)
    assert [article.id for article in read.articles] == ["returns"]
    (procedure,) = read.procedures
    assert (procedure.id, procedure.language, procedure.owner) == ("damage", "en", "Mia")
    assert procedure.review_date == date(2027, 3, 1)
    assert read.refused == ()


def test_a_procedure_without_steps_or_given_twice_is_refused_with_its_file(tmp_path: Path) -> None:
    for folder, text in (("a", FILE), ("b", FILE), ("c", FILE.replace("1. Ask", "Ask"))):
        (tmp_path / folder / "en").mkdir(parents=True)
        (tmp_path / folder / "en" / "damage.md").write_text(text)
    read = read_path(tmp_path)
    assert len(read.procedures) == 1
    assert read.articles == ()
    twice, stepless = sorted(read.refused, key=lambda refusal: refusal.file)
    assert "the procedure 'damage' in 'en' is already given by" in twice.reason
    assert "no steps" in stepless.reason
    assert stepless.file.endswith("c/en/damage.md")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("intent", "unknown name `intent`: did you mean `intents`?"),
        ("Article", "unknown name `article`: did you mean `articles`?"),
        ("colour", "unknown name `colour`: take it out, procedures have no such name"),
    ],
)
def test_a_name_that_nobody_reads_is_refused_in_a_procedure(tmp_path: Path, name: str, said: str) -> None:
    text = FILE.replace("owner: Mia", f"owner: Mia\n{name}: item.damaged")
    (tmp_path / "steps.md").write_text(text)
    (tmp_path / "page.md").write_text(text.replace("kind: procedure", "kind: page"))
    (tmp_path / "steps.html").write_text(
        '<html lang="en"><head><meta name="kind" content="procedure"><meta name="viewport" content="x">'
        "<title>T</title></head><body><ol><li>Ask.</li></ol></body></html>"
    )
    (tmp_path / "steps.json").write_text(
        f'[{{"kind": "procedure", "title": "T", "language": "en", "body": "1. a", "{name}": "x"}}]'
    )
    read = read_path(tmp_path, guess_language=lambda _: "en")
    assert sorted(Path(refused.file).name for refused in read.refused) == ["steps.json", "steps.md"]
    assert all(said in refused.reason for refused in read.refused)
    assert [article.id for article in read.articles] == ["page"], "other programs' names are left alone in articles"
    assert [procedure.title for procedure in read.procedures] == ["T"]
