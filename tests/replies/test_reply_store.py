"""A shop's own templates in a real database."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from replies.marks import mark
from replies.store import TemplateKey, TemplateState, TemplateStore, UnknownIntent
from replies.suggest import Replies, ReplyContext
from replies.templates import parse_template
from tickets.database import Database
from tickets.errors import InvalidInputError, NotFoundError
from tickets.records import Channel, IntentScore
from tickets.tables import AuditRow, TemplateRow, TemplateVersionRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.replies.conftest import Make, Text


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open("sqlite:///shop.db", home=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> TemplateStore:
    return TemplateStore(database)


def test_a_template_comes_back_as_it_was(store: TemplateStore, make: Make) -> None:
    template = make("Hello\n{{ order.id }}", language="de", channels="[chat]", when="order", brand="pine", version=4)
    stored = store.put(template, actor="anna")
    assert store.get(template.id, "de", "pine") == stored
    assert (stored.channels, stored.when, stored.version) == ((Channel.CHAT,), "order", 4)
    assert (stored.state, stored.source) == (TemplateState.APPROVED, "made.liquid")
    (compiled,), refused = store.templates()
    assert refused == []
    assert (compiled.id, compiled.body, compiled.brand) == (template.id, template.body, "pine")
    assert compiled.fits({"order": {"id": "1"}})
    assert not compiled.fits({})
    assert compiled.render({"order": {"id": "1"}}) == "Hello\n1"


def test_a_change_raises_the_version_and_keeps_the_old_text(
    store: TemplateStore, database: Database, make: Make
) -> None:
    assert store.put(make("one"), actor="anna").version == 1
    assert store.put(make("one"), actor="anna").version == 1
    assert store.put(make("two"), actor="ben").version == 2
    assert store.put(make("three", version=9), actor="ben").version == 9
    with database.session() as session:
        versions = session.scalars(select(TemplateVersionRow).order_by(TemplateVersionRow.version)).all()
        events = session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert [(row.version, row.body.strip(), row.actor) for row in versions] == [
        (1, "one", "anna"),
        (2, "two", "ben"),
        (9, "three", "ben"),
    ]
    stored = ["template.added", "template.updated", "template.updated"]
    assert events == [event for action in stored for event in (action, "template.approved")]


def test_every_change_is_counted_and_nothing_else(store: TemplateStore, make: Make) -> None:
    assert store.generation() == 0
    store.put(make("one"), actor="anna")
    store.put(make("one"), actor="anna")
    assert store.generation() == 1
    store.put(make("two"), actor="anna")
    store.retire("order.status.ask", "en", actor="anna")
    assert store.generation() == 3


def test_drafts_are_listed_but_not_offered(store: TemplateStore, make: Make) -> None:
    store.put(make("one"), actor="anna", state=TemplateState.DRAFT)
    assert [item.state for item in store.records()] == [TemplateState.DRAFT]
    assert store.templates() == ([], [])


def test_a_retired_template_is_gone_and_can_come_back(store: TemplateStore, make: Make) -> None:
    store.put(make("one"), actor="anna")
    store.retire("order.status.ask", "en", actor="anna")
    assert store.records() == []
    assert store.templates() == ([], [])
    with pytest.raises(NotFoundError):
        store.get("order.status.ask", "en")
    with pytest.raises(NotFoundError) as caught:
        store.retire("order.status.ask", "en", actor="anna")
    assert "'order.status.ask' in 'en'" in caught.value.message
    assert store.put(make("one"), actor="anna").version == 2


def test_languages_and_brands_are_kept_apart(store: TemplateStore, make: Make) -> None:
    for language, brand in (("en", None), ("en", "pine"), ("de", None)):
        store.put(make(f"{language} {brand}", language=language, brand=brand), actor="anna")
    store.put(make("x", "item.wrong.ask"), actor="anna")
    assert len(store.records()) == 4
    assert [item.body for item in store.records(language="en", intent="order.status")] == ["en None\n", "en pine\n"]
    with pytest.raises(NotFoundError, match="of brand 'oak'"):
        store.get("order.status.ask", "en", "oak")


def test_own_templates_stand_in_for_shipped_ones(store: TemplateStore, make: Make) -> None:
    shipped = [make("shipped"), make("other", "order.status.other")]
    store.put(make("own"), actor="anna")
    asked = ReplyContext((IntentScore("order.status", 1.0),), "en")
    assert [item.text for item in Replies([*shipped, *store.templates()[0]]).suggest(asked)] == ["own", "other"]


def test_an_import_keeps_what_is_good(store: TemplateStore, tmp_path: Path, text: Text) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.liquid").write_text(text("Hello"), encoding="utf-8")
    (folder / "b.liquid").write_text(text("Hello", "item.wrong.ask"), encoding="utf-8")
    (folder / "c.liquid").write_text(text("{{ order.idd }}", "item.wrong.other"), encoding="utf-8")
    report = store.import_path(folder, actor="anna")
    assert report.added == ("order.status.ask (en)", "item.wrong.ask (en)")
    assert [(item.file, item.line) for item in report.refused] == [(str(folder / "c.liquid"), 7)]
    (folder / "a.liquid").write_text(text("Hello again"), encoding="utf-8")
    again = store.import_path(folder, actor="anna")
    assert (again.added, again.updated, again.unchanged) == ((), ("order.status.ask (en)",), ("item.wrong.ask (en)",))
    with pytest.raises(NotFoundError):
        store.import_path(tmp_path / "nothing", actor="anna")


def test_a_stored_template_that_no_longer_compiles_is_named(
    store: TemplateStore, database: Database, make: Make
) -> None:
    store.put(make("good", "item.wrong.ask"), actor="anna")
    store.put(make("bad"), actor="anna")
    with database.write() as session:
        changed = update(TemplateRow).where(TemplateRow.template_id == "order.status.ask")
        session.execute(changed.values(body="{{ order.id | gone }}", source=None))
    compiled, refused = store.templates()
    assert [item.id for item in compiled] == ["item.wrong.ask"]
    assert refused[0].file == "order.status.ask (en)"
    assert "unknown filter 'gone'" in refused[0].reason


def test_templates_outlive_the_process(tmp_path: Path, make: Make) -> None:
    first = Database.open("sqlite:///shop.db", home=tmp_path)
    TemplateStore(first).put(make("kept"), actor="anna")
    first.close()
    second = Database.open("sqlite:///shop.db", home=tmp_path)
    assert [item.body for item in TemplateStore(second).records()] == ["kept\n"]
    second.close()


def test_an_intent_that_no_prediction_names_is_stored_and_reported(
    store: TemplateStore, tmp_path: Path, text: Text
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for intent in ("order.status", "order.statsu", "zzz"):
        (folder / f"{intent}.ask.liquid").write_text(text("Hello", f"{intent}.ask"), encoding="utf-8")
    report = store.import_path(folder, actor="anna", labels=("order.status", "refund.status"))
    assert len(report.added) == len(store.records()) == 3
    assert report.unknown == (
        UnknownIntent(str(folder / "order.statsu.ask.liquid"), "order.statsu", "order.status"),
        UnknownIntent(str(folder / "zzz.ask.liquid"), "zzz", None),
    )
    assert store.import_path(folder, actor="anna").unknown == ()


def test_owner_and_review_date_are_kept_and_a_change_of_them_is_a_new_version(store: TemplateStore) -> None:
    text = (
        "---\nid: order.status.own\nintent: order.status\nlanguage: en\ntitle: Own\n"
        "owner: Mia\nreview_date: 2027-03-01\n---\nHello"
    )
    stored = store.put(parse_template(text, "own.liquid"), actor="mia")
    assert (stored.owner, stored.review_date, stored.version) == ("Mia", date(2027, 3, 1), 1)
    later = store.put(parse_template(text.replace("2027-03", "2028-03"), "own.liquid"), actor="mia")
    assert (later.review_date, later.version) == (date(2028, 3, 1), 2)
    (compiled,), _ = store.templates()
    assert (compiled.owner, compiled.review_date) == ("Mia", date(2028, 3, 1))


def test_a_review_date_that_is_no_day_is_refused_with_its_line() -> None:
    text = "---\nid: a.b\nintent: a\nlanguage: en\ntitle: T\nreview_date: soon\n---\nHello"
    with pytest.raises(InvalidInputError, match=r"x\.liquid:6: review_date is no day"):
        parse_template(text, "x.liquid")


KEY = TemplateKey("order.status.ask", "en")


def offered(store: TemplateStore) -> list[str]:
    return [template.body.strip() for template in store.templates()[0]]


def test_a_draft_leaves_the_approved_text_in_use_until_it_is_approved(store: TemplateStore, make: Make) -> None:
    store.put(make("one"), actor="anna")
    drafted = store.put(make("two"), actor="ben", state=TemplateState.DRAFT)
    assert (drafted.state, drafted.version, drafted.body.strip()) == (TemplateState.DRAFT, 2, "two")
    assert (drafted.approval.version, drafted.approval.by) == (1, "anna") if drafted.approval else False
    assert offered(store) == ["one"]
    approved = store.approve(KEY, actor="carla")
    assert (approved.state, approved.version) == (TemplateState.APPROVED, 2)
    assert approved.approval is not None
    assert (approved.approval.by, approved.approval.at is not None) == ("carla", True)
    assert offered(store) == ["two"]


def test_an_approval_names_its_version_and_may_go_back(store: TemplateStore, make: Make) -> None:
    for text in ("one", "two", "three"):
        store.put(make(text), actor="anna")
    back = store.approve(KEY, actor="ben", version=1)
    assert (back.state, back.version, back.body.strip()) == (TemplateState.DRAFT, 3, "three")
    assert offered(store) == ["one"]
    with pytest.raises(NotFoundError, match="has no version 4"):
        store.approve(KEY, actor="ben", version=4)
    history = store.history(KEY)
    assert [(entry.record.version, entry.actor, entry.approved_by) for entry in history] == [
        (3, "anna", "anna"),
        (2, "anna", "anna"),
        (1, "anna", "ben"),
    ]
    with pytest.raises(NotFoundError):
        store.history(TemplateKey("order.status.ask", "de"))


def test_an_approval_is_counted_once(store: TemplateStore, make: Make) -> None:
    store.put(make("one"), actor="anna", state=TemplateState.DRAFT)
    before = store.generation()
    store.approve(KEY, actor="ben")
    store.approve(KEY, actor="ben")
    assert store.generation() == before + 1


def test_what_was_retired_is_approved_by_nobody_and_keeps_its_history(store: TemplateStore, make: Make) -> None:
    store.put(make("one"), actor="anna")
    store.retire("order.status.ask", "en", actor="anna")
    with pytest.raises(NotFoundError):
        store.approve(KEY, actor="ben")
    assert [entry.record.body.strip() for entry in store.history(KEY)] == ["one"]
    store.put(make("one"), actor="anna", state=TemplateState.DRAFT)
    assert offered(store) == []


def test_marks_of_an_import_hold_an_approval_back(store: TemplateStore, make: Make, tmp_path: Path, text: Text) -> None:
    body = f"Your case {mark('ticket.id')} is open."
    store.put(make(body), actor="anna", state=TemplateState.DRAFT)
    with pytest.raises(InvalidInputError, match=r"unknown here: ticket\.id"):
        store.approve(KEY, actor="ben")
    with pytest.raises(InvalidInputError, match=r"unknown here: ticket\.id"):
        store.put(make(body), actor="ben")
    path = tmp_path / "order.status.ask.liquid"
    path.write_text(text(body), encoding="utf-8")
    assert "marks of unknown placeholders" in store.import_path(path, actor="ben").refused[0].reason
    assert offered(store) == []


def test_an_import_of_drafts_waits_for_an_approval(store: TemplateStore, tmp_path: Path, text: Text) -> None:
    path = tmp_path / "a.liquid"
    path.write_text(text("one"), encoding="utf-8")
    assert store.import_path(path, actor="ben", draft=True).added == ("order.status.ask (en)",)
    assert offered(store) == []
    path.write_text(text("two", state="draft"), encoding="utf-8")
    assert store.import_path(path, actor="ben").updated == ("order.status.ask (en)",)
    assert offered(store) == []
    path.write_text(text("two"), encoding="utf-8")
    assert store.import_path(path, actor="ben").updated == ("order.status.ask (en)",)
    assert offered(store) == ["two"]
