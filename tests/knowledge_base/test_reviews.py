from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from knowledge_base.procedure import Procedure, Step
from knowledge_base.procedure_store import ProcedureStore
from knowledge_base.records import Article
from knowledge_base.reviews import candidates, changed_article, due, link_to, touched
from tickets.errors import NotFoundError

if TYPE_CHECKING:
    from knowledge_base.store import ArticleStore
    from tickets.database import Database

DAY = date(2026, 11, 21)


def test_what_is_due_until_a_day_comes_in_order(database: Database, store: ArticleStore) -> None:
    given = [
        Article("late", "en", "Late", "Text", review_date=date(2026, 1, 1), owner="Mia"),
        Article("today", "en", "Today", "Text", review_date=DAY),
        Article("later", "en", "Later", "Text", review_date=date(2026, 11, 22)),
        Article("never", "en", "Never", "Text"),
    ]
    store.apply(given, source="shop")
    steps = Procedure("steps", "de", "Steps", (Step("s"),), review_date=date(2026, 6, 1))
    ProcedureStore(database).put(steps, actor="mia")
    found = due(database, DAY)
    assert [(entry.kind, entry.id) for entry in found] == [
        ("article", "late"),
        ("procedure", "steps"),
        ("article", "today"),
    ]
    assert found[0].owner == "Mia"


def test_a_change_touches_translations_links_and_what_is_about_the_same(
    database: Database, store: ArticleStore
) -> None:
    given = [
        Article("returns", "en", "Returns", "30 days.", tags=("return.policy", "misc")),
        Article("returns", "de", "Rückgabe", "30 Tage."),
        Article("retours", "fr", "Retours", "30 jours.", translation_of="returns"),
        Article("linking", "en", "Linking", "See [returns](returns.md#times)."),
        Article("same", "en", "Same", "Text", tags=("return.policy",)),
        Article("misc", "en", "Misc", "About returns, but without a link.", tags=("misc",)),
    ]
    store.apply(given, source="shop")
    steps = Procedure("steps", "en", "Steps", (Step("Look at [it](/help/en/returns)."),))
    ProcedureStore(database).apply(
        [steps, Procedure("topic", "en", "T", (Step("s"),), intents=("return",))], source="s"
    )
    found = touched(changed_article(database, "returns"), candidates(database))
    assert [(entry.id, entry.languages, entry.why) for entry in found] == [
        ("returns", ("en", "de"), ("the same article", "is about return.policy")),
        ("linking", ("en",), ("links to it",)),
        ("retours", ("fr",), ("a translation of it",)),
        ("steps", ("en",), ("links to it",)),
        ("same", ("en",), ("is about return.policy",)),
        ("topic", ("en",), ("is about return.policy",)),
    ]


def test_an_article_that_is_not_there_is_named(database: Database) -> None:
    with pytest.raises(NotFoundError, match="there is no article nothing"):
        changed_article(database, "nothing")


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("[a](/help/en/returns)", True),
        ("https://shop.example/help/pt-BR/returns?x=1", True),
        ("[a](../en/returns.md)", True),
        ("[a](returns.de.md#late)", True),
        ("[a](/help/en/returns-late)", False),
        ("[a](no-returns.md)", False),
        ("returns", False),
        ("[a](https://shop.example/articles/returns/)", True),
        ("see https://shop.example/articles/returns.", True),
        ("[a](../returns/late.md)", False),
        ("refunds/returns?", False),
    ],
)
def test_links_are_told_from_words(text: str, links: bool) -> None:
    assert bool(link_to("returns").search(text)) is links


URL = "https://shop.example/policies/Refund-Policy"


@pytest.mark.parametrize(
    ("article", "text", "links"),
    [
        ("360001", "[a](https://shop.zendesk.com/hc/en-us/articles/360001-returns)", True),
        ("360001", "https://shop.zendesk.com/hc/en-us/articles/360001", True),
        ("360001", "[a](/hc/de/articles/360001-r%C3%BCckgabe#zeit)", True),
        ("360001", "[a](/hc/articles/360001/edit)", True),
        ("360001", "[a](/hc/articles/3600012-returns)", False),
        ("360001", "order 360001-2", False),
        ("refunds", f"[a]({URL})", True),
        ("refunds", "[a](/policies/refund-policy?x=1)", True),
        ("refunds", f"{URL}/, or call", True),
        ("refunds", f"[a]({URL}-old)", False),
        ("refunds", "[a](https://other.example/policies/refund-policy)", False),
    ],
)
def test_links_to_a_help_desk_are_links(article: str, text: str, links: bool) -> None:
    assert bool(link_to(article, {URL, "https://shop.example/"}).search(text)) is links


def test_the_address_that_an_article_came_from_counts(database: Database, store: ArticleStore) -> None:
    linking = Article("linking", "en", "Linking", f"See [refunds]({URL}).")
    store.apply([Article("refunds", "en", "Refunds", "Text", source_url=URL), linking], source="desk")
    found = touched(changed_article(database, "refunds"), candidates(database))
    assert [(entry.id, entry.why) for entry in found] == [
        ("refunds", ("the same article",)),
        ("linking", ("links to it",)),
    ]


def test_labels_without_a_dot_and_first_parts_of_labels_are_intents(database: Database, store: ArticleStore) -> None:
    given = [
        Article("cards", "en", "Cards", "Text", tags=("card_arrival", "delivery", "misc")),
        Article("arrival", "en", "Arrival", "Text", tags=("card_arrival",)),
        Article("else", "en", "Else", "Text", tags=("misc",)),
    ]
    store.apply(given, source="shop")
    ProcedureStore(database).put(
        Procedure("late", "en", "Late", (Step("s"),), intents=("delivery.delay",)), actor="mia"
    )
    found = touched(changed_article(database, "cards", {"card_arrival"}), candidates(database))
    assert {entry.id: entry.why for entry in found} == {
        "cards": ("the same article", "is about card_arrival", "is about delivery"),
        "arrival": ("is about card_arrival",),
        "late": ("is about delivery",),
    }


def test_a_changed_translation_lists_its_original(database: Database, store: ArticleStore) -> None:
    translation = Article("retours", "fr", "Retours", "30 jours.", translation_of="returns")
    store.apply([Article("returns", "en", "Returns", "30 days."), translation], source="shop")
    found = touched(changed_article(database, "retours"), candidates(database))
    assert [(entry.id, entry.why) for entry in found] == [
        ("retours", ("the same article",)),
        ("returns", ("its original",)),
    ]


def test_a_removed_article_still_touches_what_links_to_it(database: Database, store: ArticleStore) -> None:
    given = [Article("returns", "en", "Returns", "30 days."), Article("a", "en", "A", "[x](returns.md)")]
    store.apply(given, source="shop")
    store.delete("returns", "en", actor="mia")
    found = touched(changed_article(database, "returns"), candidates(database))
    assert [(entry.id, entry.why) for entry in found] == [("a", ("links to it",))]
