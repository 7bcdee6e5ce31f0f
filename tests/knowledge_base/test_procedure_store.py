from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from knowledge_base.procedure import Procedure, Step
from knowledge_base.procedure_store import ProcedureStore
from knowledge_base.records import Article
from knowledge_base.store import ArticleStore
from tickets.errors import NotFoundError
from tickets.tables import ProcedureVersionRow

if TYPE_CHECKING:
    from tickets.database import Database

DAMAGE = Procedure(
    "damage",
    "en",
    "Damaged parcel",
    (Step("Ask for photos"), Step("Refund", "Without photos")),
    intro="For all.",
    intents=("item.damaged",),
    articles=("claims",),
    owner="Mia",
    review_date=date(2027, 1, 31),
)


@pytest.fixture
def procedures(database: Database) -> ProcedureStore:
    return ProcedureStore(database)


def test_a_procedure_comes_back_as_it_was_given(procedures: ProcedureStore) -> None:
    stored = procedures.put(DAMAGE, actor="mia")
    assert stored.procedure == DAMAGE
    assert (stored.version, stored.source) == (1, "api")
    assert procedures.all() == (stored,)


def test_an_import_can_be_repeated_and_tells_what_it_did(procedures: ProcedureStore) -> None:
    other = replace(DAMAGE, id="other")
    first = procedures.apply([DAMAGE, other], source="folder")
    assert first.added == ("damage (en)", "other (en)")
    again = procedures.apply([DAMAGE, other], source="folder")
    assert again.unchanged == ("damage (en)", "other (en)")
    assert not again.changed
    changed = procedures.apply([replace(DAMAGE, owner="Tom")], source="folder", remove_missing=True)
    assert (changed.updated, changed.removed) == (("damage (en)",), ("other (en)",))
    assert [stored.procedure.owner for stored in procedures.all()] == ["Tom"]
    back = procedures.apply([other], source="folder")
    assert back.added == ("other (en)",)


@pytest.mark.parametrize(("day", "public"), [(date(2026, 12, 31), {"claims"}), (date(2027, 1, 1), set())])
def test_an_article_is_public_until_its_last_day_ends_at_the_shop(
    database: Database, day: date, public: set[str]
) -> None:
    claims = Article("claims", "en", "Claims", "Write to us.", valid_until=date(2026, 12, 31))
    ArticleStore(database).put(claims, actor="mia")
    stored = ProcedureStore(database, today=lambda: day).put(DAMAGE, actor="mia")
    assert stored.public == public


def test_another_sources_procedures_stay(procedures: ProcedureStore) -> None:
    procedures.put(DAMAGE, actor="mia")
    assert procedures.apply([], source="folder", remove_missing=True).removed == ()


def test_every_version_is_kept(procedures: ProcedureStore, database: Database) -> None:
    procedures.put(DAMAGE, actor="mia")
    procedures.put(replace(DAMAGE, title="Broken parcel"), actor="tom")
    procedures.delete("damage", "en", actor="ann")
    with database.session() as session:
        rows = session.scalars(select(ProcedureVersionRow).order_by(ProcedureVersionRow.version)).all()
    assert [(row.version, row.actor, row.document["title"], row.deleted) for row in rows] == [
        (1, "mia", "Damaged parcel", False),
        (2, "tom", "Broken parcel", False),
        (3, "ann", "Broken parcel", True),
    ]


def test_what_is_not_there_is_named(procedures: ProcedureStore) -> None:
    with pytest.raises(NotFoundError, match=r"there is no procedure damage \(en\)"):
        procedures.get("damage", "en")
    with pytest.raises(NotFoundError):
        procedures.delete("damage", "en", actor="mia")


def test_a_ticket_gets_the_procedures_of_its_intents_the_main_one_first(procedures: ProcedureStore) -> None:
    procedures.apply(
        [
            DAMAGE,
            replace(DAMAGE, id="any-delivery", intents=("delivery",)),
            replace(DAMAGE, id="returns", intents=("return.request",)),
            replace(DAMAGE, id="idle", intents=()),
        ],
        source="folder",
    )
    found = procedures.serving(["delivery.delay", "item.damaged"])
    assert [stored.procedure.id for stored in found] == ["any-delivery", "damage"]
    assert procedures.serving([]) == ()


def test_each_procedure_comes_once_in_the_language_that_the_reader_knows_best(procedures: ProcedureStore) -> None:
    procedures.apply([replace(DAMAGE, language=code) for code in ("de", "en", "tr")], source="folder")

    def language(*known: str) -> str:
        (found,) = procedures.serving(["item.damaged"], languages=known)
        return found.procedure.language

    assert [language("tr", "de"), language("de"), language("fr"), language()] == ["tr", "de", "en", "en"]


def test_another_brands_procedures_are_not_shown(procedures: ProcedureStore) -> None:
    procedures.apply([DAMAGE, replace(DAMAGE, id="north", brand="north")], source="folder")
    assert [stored.procedure.id for stored in procedures.serving(["item.damaged"], brand="south")] == ["damage"]
    assert len(procedures.serving(["item.damaged"], brand="north")) == 2
