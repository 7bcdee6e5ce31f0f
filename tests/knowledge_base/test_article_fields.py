"""What an article says beside its text: market, original, owner, review, and where it came from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from knowledge_base.importing import article_from, read_path
from knowledge_base.records import Article

if TYPE_CHECKING:
    from pathlib import Path

    from knowledge_base.store import ArticleStore

FULL = Article(
    "rueckgabe",
    "de",
    "Rückgabe",
    "Dreißig Tage.",
    market="AT",
    translation_of="returns",
    original_language="en",
    owner="ann@shop.example",
    review_date=date(2027, 3, 1),
    source_url="https://shop.example/hc/de/1",
    source_updated_at=datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
    questions=("Wie lange?", "kaç gün?"),
    negative_questions=("Auch nach einem Jahr?",),
)
FRONT = (
    "---\nid: rueckgabe\nlanguage: de\ntitle: Rückgabe\nmarket: at\ntranslation_of: returns\noriginal_language: en-GB\n"
    "owner: ann@shop.example\nreview_date: 2027-03-01\nsource_url: https://shop.example/hc/de/1\n"
    "source_updated_at: {}\nquestions:\n  - Wie lange?\n  - kaç gün?\nnegative_questions:\n  - Auch nach  einem Jahr?\n"
    "---\nDreißig Tage.\n"
)


def read(tmp_path: Path, text: str) -> Article:
    path = tmp_path / "a.md"
    path.write_text(text)
    result = read_path(path)
    assert result.refused == ()
    return result.articles[0]


@pytest.mark.parametrize(
    "moment",
    ["2026-11-01T09:30:00Z", "2026-11-01T10:30:00+01:00", "2026-11-01 09:30:00", "1793525400"],
)
def test_front_matter_gives_every_value(tmp_path: Path, moment: str) -> None:
    article = read(tmp_path, FRONT.format(moment))
    assert article.digest == FULL.digest
    assert article.source_updated_at == FULL.source_updated_at


def test_every_value_is_stored_with_every_version(store: ArticleStore) -> None:
    assert store.put(FULL, actor="ann").article == FULL
    store.put(Article("rueckgabe", "de", "Rückgabe", "Neu."), actor="ann")
    assert [one.article for one in store.versions("rueckgabe", "de")] == [
        Article("rueckgabe", "de", "Rückgabe", "Neu."),
        FULL,
    ]


def test_every_new_value_makes_a_new_digest_and_the_old_ones_stay() -> None:
    plain = Article("a", "en", "T", "text")
    # As the first release stored it.
    assert plain.digest == "236a40efbcd3bdca484f84ee6d9c86485188bf0706343846fefda2fdb0538d29"
    changed = [
        Article("a", "en", "T", "text", market="DE"),
        Article("a", "en", "T", "text", translation_of="b"),
        Article("a", "en", "T", "text", original_language="de"),
        Article("a", "en", "T", "text", owner="b"),
        Article("a", "en", "T", "text", review_date=date(2027, 1, 1)),
        Article("a", "en", "T", "text", source_url="https://a.example"),
        Article("a", "en", "T", "text", questions=("b",)),
        Article("a", "en", "T", "text", negative_questions=("b",)),
        Article("a", "en", "T", "text", negative_questions=("b", "c")),
    ]
    assert len({article.digest for article in (plain, *changed)}) == 10


def test_when_it_was_changed_there_makes_no_version(store: ArticleStore) -> None:
    store.put(FULL, actor="ann")
    later = datetime(2026, 12, 1, tzinfo=UTC)
    report = store.apply([article_from(values(source_updated_at=later.isoformat()))], source="kb")
    assert report.unchanged == ("rueckgabe (de)",)
    stored = store.get("rueckgabe", "de")
    assert (stored.version, stored.article.source_updated_at) == (1, later)


def values(**changed: object) -> dict[str, object]:
    given: dict[str, object] = {
        "id": "rueckgabe",
        "language": "de",
        "title": "Rückgabe",
        "body": "Dreißig Tage.",
        "market": "AT",
        "translation_of": "returns",
        "original_language": "en",
        "owner": "ann@shop.example",
        "review_date": "2027-03-01",
        "source_url": "https://shop.example/hc/de/1",
        "questions": ["Wie lange?", "kaç gün?"],
        "negative_questions": ["Auch nach einem Jahr?"],
    }
    return given | changed


def test_an_original_names_no_original() -> None:
    own = article_from(values(translation_of="rueckgabe", original_language="de"))
    assert (own.translation_of, own.original_language) == (None, None)
    shared = article_from(values(translation_of="rueckgabe"))
    assert (shared.translation_of, shared.original_language) == (None, "en")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("market", "Germany", "market 'Germany' is no two-letter country code such as DE"),
        ("translation_of", "../x", "translation_of '../x' is no id"),
        ("original_language", "english", "original_language 'english' is no two-letter code"),
        ("owner", "a" * 201, "owner has 201 characters, 200 are allowed"),
        ("review_date", "soon", "review_date 'soon' is no day such as 2026-12-31"),
        ("source_url", "javascript:alert(1)", "source_url 'javascript:alert(1)' is no web address"),
        ("source_url", "//shop.example", "source_url '//shop.example' is no web address"),
        ("source_url", 'https://a"onclick=', "source_url 'https://a\"onclick=' is no web address"),
        ("source_updated_at", "yesterday", "source_updated_at 'yesterday' is no moment such as"),
        ("source_updated_at", "1793525400000", "source_updated_at '1793525400000' is no moment"),
        ("questions", "x" * 301, "questions: a question has 301 characters, 300 are allowed: 'xxx"),
        ("negative_questions", "x" * 301, "negative_questions: a question has 301 characters, 300 are allowed: 'xxx"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, name: str, value: str, reason: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\nid: a\nlanguage: en\n{name}: '{value}'\n---\n# T\n\ntext")
    (refused,) = read_path(path).refused
    assert refused.line == 4
    assert refused.reason.startswith(reason)


def test_names_of_other_programs_are_left_alone() -> None:
    article = article_from(
        values(updatedAt="x", url="/a", translations=[1], owners={"a": 1}, owner={"name": "Jo"}, market=None)
    )
    assert (article.owner, article.market) == (None, None)
