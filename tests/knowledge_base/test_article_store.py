"""The article store: imports that can be repeated, versions that are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from knowledge_base.records import Article, Refused, Visibility
from knowledge_base.store import ArticleFilter, ArticleStore
from tests.support_postgres import PostgresServer, postgres_programs
from tickets.database import Database
from tickets.errors import InvalidInputError, NotFoundError
from tickets.tables import PassageRow

if TYPE_CHECKING:
    from collections.abc import Iterator


def article(name: str, body: str = "text", *, language: str = "en", brand: str | None = None) -> Article:
    return Article(name, language, f"Title of {name}", body, brand=brand)


def test_repeating_an_import_changes_nothing(store: ArticleStore) -> None:
    given = [article("a"), article("b"), article("a", language="de")]
    first = store.apply(given, source="kb")
    assert first.added == ("a (en)", "b (en)", "a (de)")
    generation = store.generation()
    second = store.apply(given, source="kb", remove_missing=True)
    assert second.unchanged == first.added
    assert not second.changed
    assert store.generation() == generation
    assert store.get("a", "en").version == 1


def test_a_change_is_a_new_version(store: ArticleStore) -> None:
    store.apply([article("a", "old")], source="kb", actor="ann")
    before = store.generation()
    report = store.apply([article("a", "## H\n\nnew")], source="kb", actor="bob")
    assert report.updated == ("a (en)",)
    assert store.generation() != before
    stored = store.get("a", "en")
    assert (stored.version, stored.article.body, stored.source) == (2, "## H\n\nnew", "kb")
    assert [(one.version, one.article.body) for one in store.versions("a", "en")] == [(2, "## H\n\nnew"), (1, "old")]
    assert [(one.heading_path, one.text) for one in store.passages("a", "en")] == [(("H",), "new")]


def test_every_value_is_kept(store: ArticleStore) -> None:
    full = Article(
        id="full",
        language="zh",
        title="退货",
        body="三十天。",
        visibility=Visibility.INTERNAL,
        tags=("退货", "退款"),
        brand="Pine",
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
    )
    assert store.put(full, actor="ann").article == full
    (article,) = store.articles()
    (entry,) = article.entries
    assert (entry.article, entry.language, entry.text, entry.tags) == ("full", "zh", "三十天。", ("退货", "退款"))
    assert (entry.visibility, entry.brand, entry.valid_from, entry.valid_until) == (
        Visibility.INTERNAL,
        "Pine",
        date(2026, 1, 1),
        date(2026, 12, 31),
    )


def test_what_a_source_gives_no_longer_is_removed(store: ArticleStore) -> None:
    store.apply([article("a"), article("b")], source="kb")
    store.apply([article("c")], source="other")
    kept = store.apply([article("a")], source="kb")
    assert kept.removed == ()
    report = store.apply([article("a")], source="kb", remove_missing=True)
    assert report.removed == ("b (en)",)
    assert [entry.article for entry in store.entries()] == ["a", "c"]
    with pytest.raises(NotFoundError, match=r"there is no article b \(en\)"):
        store.get("b", "en")
    assert [(one.version, one.removed) for one in store.versions("b", "en")] == [(2, True), (1, False)]


def test_nothing_is_removed_while_something_was_refused(store: ArticleStore) -> None:
    store.apply([article("a"), article("b")], source="kb")
    broken = Refused("b.md", 3, "is not UTF-8")
    report = store.apply([article("a")], source="kb", remove_missing=True, refused=[broken])
    assert report.removed == ()
    assert report.refused == (broken,)
    assert store.get("b", "en").version == 1


def test_the_last_source_owns_an_article(store: ArticleStore) -> None:
    store.apply([article("a")], source="one")
    store.apply([article("a")], source="two")
    assert store.apply([], source="one", remove_missing=True).removed == ()
    assert store.apply([], source="two", remove_missing=True).removed == ("a (en)",)


def test_a_short_list_says_what_changed_since(store: ArticleStore) -> None:
    assert store.changed_since("") is None
    store.apply([article("a"), article("b")], source="kb")
    first = store.generation()
    keys = {one.entries[0].article: one.key for one in store.articles()}
    assert store.changed_since(first) == set()
    store.put(replace(article("b"), title="Other"), actor="ann")
    second = store.generation()
    store.delete("a", "en", actor="ann")
    assert store.changed_since(first) == {keys["a"], keys["b"]}
    assert store.changed_since(second) == {keys["a"]}
    assert [one.key for one in store.articles({keys["a"], keys["b"]})] == [keys["b"]]
    assert store.changed_since("of another database") is None


def test_a_long_list_of_changes_is_forgotten(store: ArticleStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge_base.feed._REMEMBERED", 20)
    store.apply([article("a")], source="kb")
    first = store.generation()
    store.apply([article(f"n{number}") for number in range(30)], source="kb")
    assert store.changed_since(first) is None
    after = store.generation()
    store.put(replace(article("a"), title="Other"), actor="ann")
    assert store.changed_since(after) == {1}


def test_a_removed_article_can_come_back(store: ArticleStore) -> None:
    store.put(article("a"), actor="ann")
    store.delete("a", "en", actor="ann")
    with pytest.raises(NotFoundError):
        store.delete("a", "en", actor="ann")
    assert store.apply([article("a")], source="kb").added == ("a (en)",)
    assert store.get("a", "en").version == 3
    assert [one.removed for one in store.versions("a", "en")] == [False, True, False]
    assert len(store.entries()) == 1


def test_of_two_with_one_name_the_first_counts(store: ArticleStore) -> None:
    report = store.apply([article("a", "first"), article("a", "second")], source="kb")
    assert report.added == ("a (en)",)
    assert [refused.reason for refused in report.refused] == ["a (en) is given twice in one import"]
    assert store.get("a", "en").article.body == "first"


def test_lists_have_filters_and_pages(store: ArticleStore) -> None:
    store.apply([article(f"a{number}", brand="x" if number % 2 else None) for number in range(5)], source="kb")
    store.apply([article("a0", language="de")], source="other")
    first = store.list(limit=4)
    second = store.list(limit=4, cursor=first.next)
    assert [one.article.id for one in (*first.items, *second.items)] == ["a0", "a1", "a2", "a3", "a4", "a0"]
    assert second.next is None
    assert [one.article.id for one in store.list(ArticleFilter(brand="x")).items] == ["a1", "a3"]
    assert [one.article.language for one in store.list(ArticleFilter(source="other")).items] == ["de"]
    assert store.list(ArticleFilter(visibility=Visibility.INTERNAL)).items == ()
    assert store.languages("a0") == ("de", "en")
    for cursor in ("x", "-1", "²", "9" * 30):
        with pytest.raises(InvalidInputError, match="cursor"):
            store.list(cursor=cursor)
    with pytest.raises(InvalidInputError, match="limit 0"):
        store.list(limit=0)


def test_unknown_names_are_not_found(store: ArticleStore) -> None:
    for ask in (store.get, store.passages, store.versions):
        with pytest.raises(NotFoundError):
            ask("nothing", "en")


def test_an_import_is_taken_as_a_whole_or_not_at_all(store: ArticleStore) -> None:
    class Gone(Exception):  # noqa: N818 nothing but a broken-off iteration
        pass

    def broken_off() -> Iterator[Article]:
        yield article("a")
        raise Gone

    with pytest.raises(Gone):
        store.apply(broken_off(), source="kb")
    assert store.entries() == []


def test_many_articles_and_their_passages(store: ArticleStore, database: Database) -> None:
    given = [article(f"a{number}", "## One?\n\nyes\n\n## Two?\n\nno") for number in range(1_200)]
    assert len(store.apply(given, source="kb").added) == 1_200
    assert len(store.apply(given[:600], source="kb", remove_missing=True).removed) == 600
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(PassageRow)) == 1_200


@pytest.fixture
def on_postgres() -> Iterator[ArticleStore]:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with PostgresServer.started(programs) as server, server.fresh_database() as url:
        database = Database.open(url)
        yield ArticleStore(database)
        database.close()


def test_the_same_on_postgresql(on_postgres: ArticleStore) -> None:
    assert on_postgres.generation() == ""
    test_what_a_source_gives_no_longer_is_removed(on_postgres)
    test_a_removed_article_can_come_back_there(on_postgres)


def test_a_removed_article_can_come_back_there(store: ArticleStore) -> None:
    store.put(article("z", "old"), actor="ann")
    store.delete("z", "en", actor="ann")
    assert store.put(article("z", "new"), actor="ann").version == 3
