"""A shop's own templates in a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from replies.store import TemplateState, TemplateStore, UnknownIntent
from replies.suggest import Replies, ReplyContext
from tickets.database import Database
from tickets.errors import NotFoundError
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
    assert (stored.state, stored.source) == (TemplateState.ACTIVE, "made.liquid")
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
    assert events == ["template.added", "template.updated", "template.updated"]


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
