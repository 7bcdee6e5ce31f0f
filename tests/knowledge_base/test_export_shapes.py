"""Exports of help desks: ids, locales, drafts, visibility, sections and moments, each in its own shape."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.export_shapes import Surroundings, exported
from knowledge_base.exports import read_json
from knowledge_base.importing import read_path
from knowledge_base.records import Article, ReadResult, Visibility

if TYPE_CHECKING:
    from pathlib import Path

    from knowledge_base.store import ArticleStore

ZENDESK: dict[str, Any] = {
    "count": 3,
    "next_page": None,
    "sections": [
        {"id": 77, "name": "Returns", "category_id": 7, "parent_section_id": None},
        {"id": 78, "name": "Staff only", "category_id": 7, "parent_section_id": None},
    ],
    "categories": [{"id": 7, "name": "After the order"}],
    "articles": [
        {
            "id": 360001,
            "url": "https://shop.zendesk.com/api/v2/help_center/en-us/articles/360001.json",
            "html_url": "https://shop.zendesk.com/hc/en-us/articles/360001",
            "author_id": 3,
            "draft": False,
            "promoted": False,
            "section_id": 77,
            "created_at": "2025-01-01T00:00:00Z",
            "updated_at": "2026-10-02T08:00:00Z",
            "edited_at": "2026-10-01T08:00:00Z",
            "name": "Returns",
            "title": "Return something",
            "source_locale": "en-us",
            "locale": "en-us",
            "outdated": False,
            "user_segment_id": None,
            "permission_group_id": 5,
            "label_names": ["return", "refund"],
            "body": "<h2>How long?</h2><p>30 days.</p><script>alert(1)</script>",
            "translations": [
                {"id": 1, "locale": "en-us", "title": "Return something", "body": "<p>old</p>", "draft": False},
                {
                    "id": 2,
                    "locale": "de",
                    "title": "Rückgabe",
                    "body": "<p>30 Tage.</p>",
                    "draft": False,
                    "hidden": False,
                },
                {"id": 3, "locale": "en-gb", "title": "Send back", "body": "<p>28 days.</p>", "draft": False},
                {"id": 4, "locale": "fr", "title": "Retour", "body": "<p>30 jours</p>", "draft": True},
            ],
        },
        {
            "id": 360002,
            "section_id": 78,
            "draft": False,
            "title": "Margins",
            "locale": "en-us",
            "source_locale": "en-us",
            "user_segment_id": 99,
            "label_names": [],
            "body": "<p>Only for us.</p>",
        },
        {
            "id": 360003,
            "section_id": 77,
            "draft": True,
            "title": "Soon",
            "locale": "en-us",
            "source_locale": "en-us",
            "user_segment_id": None,
            "body": "<p>Not yet.</p>",
        },
    ],
}
INTERCOM: dict[str, Any] = {
    "type": "list",
    "total_count": 3,
    "pages": {"type": "pages", "page": 1, "total_pages": 1},
    "collections": [{"id": "18", "name": "Payment"}, {"id": "19", "name": "Cards", "parent_id": "18"}],
    "data": [
        {
            "type": "article",
            "id": "6871119",
            "workspace_id": "hfi1bx4l",
            "title": "Pay by card",
            "description": "",
            "body": "<p>All cards.</p>",
            "author_id": "5017691",
            "state": "published",
            "created_at": 1672928359,
            "updated_at": 1790000000,
            "url": "https://shop.intercom.help/en/articles/6871119",
            "parent_ids": [19],
            "parent_type": "collection",
            "default_locale": "en",
            "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": "1", "name": "card"}]},
            "translated_content": {
                "type": "article_translated_content",
                "en": {"type": "article_content", "title": "Pay by card", "body": "<p>x</p>", "state": "published"},
                "zh-CN": {"type": "article_content", "title": "刷卡", "body": "<p>所有卡。</p>", "state": "published"},
                "zh-TW": {
                    "type": "article_content",
                    "title": "刷卡",
                    "body": "<p>所有卡片。</p>",
                    "state": "published",
                },
                "tr": {"type": "article_content", "title": "Kart", "body": "<p>Tüm kartlar</p>", "state": "draft"},
                "fr": None,
            },
        },
        {"type": "article", "id": "2", "workspace_id": "w", "title": "A", "body": "<p>b</p>", "state": "draft"},
        {
            "type": "internal_article",
            "id": "3",
            "title": "Fraud checks",
            "body": "<p>Ask Ann.</p>",
            "locale": "en",
            "state": "published",
        },
    ],
}
HELP_SCOUT: dict[str, Any] = {
    "collections": {
        "items": [{"id": "c1", "name": "Shop", "visibility": "public"}, {"id": "c2", "visibility": "private"}]
    },
    "categories": {"items": [{"id": "k1", "name": "Delivery", "collectionId": "c1"}]},
    "articles": {
        "page": 1,
        "items": [
            {
                "id": "5215163545667acd25394b5c",
                "number": 121,
                "collectionId": "c1",
                "slug": "times",
                "status": "published",
                "hasDraft": False,
                "name": "Delivery times",
                "text": "<p>Two days.</p>",
                "categories": ["k1"],
                "keywords": ["parcel"],
                "publicUrl": "https://docs.shop.example/article/121-times",
                "updatedAt": "2026-08-21T19:34:13Z",
            },
            {"id": "h2", "collectionId": "c2", "status": "published", "name": "Inside", "text": "<p>Secret.</p>"},
            {"id": "h3", "collectionId": "c1", "status": "notpublished", "name": "Draft", "text": "<p>Later.</p>"},
        ],
    },
}
HELPDOCS: dict[str, Any] = {
    "categories": [{"category_id": "cat", "title": "Account"}],
    "articles": [
        {
            "article_id": "d1",
            "account_id": "a",
            "category_id": "cat",
            "title": "Log in",
            "body": "<p>Use your mail address.</p>",
            "tags": ["login"],
            "is_private": False,
            "is_published": True,
            "permission_groups": [],
            "multilingual": [
                {"language_code": "en", "title": "Log in", "body": "<p>Use your mail address.</p>", "is_live": True},
                {"language_code": "es", "title": "Entrar", "body": "<p>Usa tu correo.</p>", "is_live": True},
                {"language_code": "it", "title": "Entrare", "body": "<p>Usa la mail.</p>", "is_live": False},
            ],
            "url": "https://support.shop.example/article/d1-log-in",
            "updated_at": "2026-06-26T15:40:28.926Z",
        },
        {"article_id": "d2", "title": "Link", "body": "<p>b</p>", "is_private": True, "is_published": True},
        {"article_id": "d3", "title": "New", "body": "<p>b</p>", "is_private": False, "is_published": False},
    ],
}
HELPJUICE: dict[str, Any] = {
    "meta": {"current": 1, "total_pages": 1},
    "articles": [
        {
            "id": 11,
            "name": "Vouchers",
            "codename": "vouchers",
            "published": True,
            "accessibility": 1,
            "language_code": "en_US",
            "categories": [{"id": 1, "name": "Prices"}],
            "answer": {"body": "<p>One an order.</p>", "body_txt": "One an order."},
            "url": "https://shop.helpjuice.com/vouchers",
            "updated_at": "2026-05-01T10:00:00.000Z",
        },
        {
            "id": 12,
            "name": "Inside",
            "published": True,
            "accessibility": 0,
            "language_code": "en_US",
            "answer": {"body": "b"},
        },
        {
            "id": 13,
            "name": "Unsure",
            "published": True,
            "visibility_id": 0,
            "language_code": "en_US",
            "answer": {"body": "b"},
        },
        {"id": 14, "name": "Later", "published": False, "accessibility": 1, "answer": {"body": "b"}},
    ],
}
EVERY = {
    "zendesk": ZENDESK,
    "intercom": INTERCOM,
    "help_scout": HELP_SCOUT,
    "helpdocs": HELPDOCS,
    "helpjuice": HELPJUICE,
}


def read(tmp_path: Path, content: object, language: str | None = "en") -> ReadResult:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(content))
    return read_path(path, guess_language=lambda _: language)


def shown(result: ReadResult) -> list[tuple[str, str, str, str]]:
    return [(a.id, a.language, a.visibility.value, a.body) for a in result.articles]


def test_zendesk(tmp_path: Path) -> None:
    result = read(tmp_path, ZENDESK)
    assert result.refused == ()
    assert shown(result) == [
        ("360001", "en", "public", "## How long?\n\n30 days."),
        ("360001", "de", "public", "30 Tage."),
        ("360001.en-gb", "en", "public", "28 days."),
        ("360002", "en", "internal", "Only for us."),
    ]
    first, german, british, _ = result.articles
    assert first == Article(
        "360001",
        "en",
        "Return something",
        "## How long?\n\n30 days.",
        tags=("return", "refund", "Returns", "After the order"),
        source_url="https://shop.zendesk.com/hc/en-us/articles/360001",
        source_updated_at=datetime(2026, 10, 1, 8, tzinfo=UTC),
        origin=f"{tmp_path}/export.json:1",
    )
    assert (german.original_language, german.translation_of, german.market) == ("en", None, None)
    assert (british.original_language, british.translation_of, british.market) == (None, "360001", "GB")
    assert result.unpublished == ("article 360001 (fr)", "article 360003 (en-us)")


def test_zendesk_one_file_a_locale(tmp_path: Path) -> None:
    for locale, text in (("en-us", "30 days."), ("en-gb", "28 days."), ("de", "30 Tage.")):
        article = {**ZENDESK["articles"][0], "locale": locale, "body": text}
        del article["translations"]
        (tmp_path / f"{locale}.json").write_text(json.dumps({"articles": [article]}))
    result = read_path(tmp_path)
    assert result.refused == ()
    assert [(a.id, a.language, a.body, a.original_language) for a in result.articles] == [
        ("360001", "de", "30 Tage.", "en"),
        ("360001.en-gb", "en", "28 days.", None),
        ("360001", "en", "30 days.", None),
    ]


def test_zendesk_translations_beside_the_articles(tmp_path: Path) -> None:
    content = copy.deepcopy(ZENDESK)
    content["articles"] = content["articles"][:1]
    beside = content["articles"][0].pop("translations")
    content["translations"] = [{**one, "source_id": 360001, "source_type": "Article"} for one in beside]
    assert shown(read(tmp_path, content)) == shown(read(tmp_path, ZENDESK))[:3]


def test_intercom(tmp_path: Path) -> None:
    result = read(tmp_path, INTERCOM)
    assert result.refused == ()
    assert shown(result) == [
        ("6871119", "en", "public", "All cards."),
        ("6871119", "zh", "public", "所有卡。"),
        ("6871119.zh-tw", "zh", "public", "所有卡片。"),
        ("3", "en", "internal", "Ask Ann."),
    ]
    first, chinese, taiwan, _ = result.articles
    assert first.tags == ("card", "Cards", "Payment")
    assert first.source_updated_at == datetime.fromtimestamp(1790000000, UTC)
    assert first.source_url == "https://shop.intercom.help/en/articles/6871119"
    assert (chinese.original_language, taiwan.market, taiwan.translation_of) == ("en", "TW", "6871119")
    assert result.unpublished == ("article 6871119 (tr)", "article 2")


def test_intercom_for_an_audience_is_internal(tmp_path: Path) -> None:
    content = {**INTERCOM["data"][0], "audience_ids": [4], "translated_content": None}
    assert shown(read(tmp_path, content)) == [("6871119", "en", "internal", "All cards.")]


def test_help_scout(tmp_path: Path) -> None:
    result = read(tmp_path, HELP_SCOUT)
    assert result.refused == ()
    assert shown(result) == [
        ("5215163545667acd25394b5c", "en", "public", "Two days."),
        ("h2", "en", "internal", "Secret."),
    ]
    assert result.articles[0].tags == ("parcel", "Delivery", "Shop")
    assert result.articles[0].source_url == "https://docs.shop.example/article/121-times"
    assert result.unpublished == ("article h3",)


def test_help_scout_one_article_a_file(tmp_path: Path) -> None:
    assert shown(read(tmp_path, {"article": HELP_SCOUT["articles"]["items"][0]}, "de")) == [
        ("5215163545667acd25394b5c", "de", "public", "Two days.")
    ]


def test_helpdocs(tmp_path: Path) -> None:
    result = read(tmp_path, HELPDOCS)
    assert result.refused == ()
    assert shown(result) == [
        ("d1", "en", "public", "Use your mail address."),
        ("d1", "es", "public", "Usa tu correo."),
        ("d2", "en", "internal", "b"),
    ]
    assert result.articles[0].tags == ("login", "Account")
    assert result.articles[1].original_language == "en"
    assert result.unpublished == ("article d1 (it)", "article d3")


def test_helpjuice(tmp_path: Path) -> None:
    result = read(tmp_path, HELPJUICE)
    assert result.refused == ()
    assert shown(result) == [
        ("11", "en", "public", "One an order."),
        ("12", "en", "internal", "b"),
        ("13", "en", "internal", "b"),
    ]
    assert result.articles[0].tags == ("Prices",)
    assert result.unpublished == ("article 14",)


@pytest.mark.parametrize("name", EVERY)
def test_pages_joined_in_a_list_or_as_lines(tmp_path: Path, name: str) -> None:
    whole = read(tmp_path, EVERY[name])
    again = read(tmp_path, [EVERY[name]])
    assert shown(again) == shown(whole)
    (tmp_path / "export.jsonl").write_text(json.dumps(EVERY[name]) + "\n" + json.dumps(EVERY[name]))
    lines = read_path(tmp_path / "export.jsonl", guess_language=lambda _: "en")
    assert shown(lines) == shown(whole)
    assert all("is already given by" in refused.reason and refused.line == 2 for refused in lines.refused)
    assert len(lines.refused) == len(whole.articles)


@pytest.mark.parametrize("name", EVERY)
def test_nothing_that_runs_gets_through(tmp_path: Path, name: str) -> None:
    text = json.dumps(EVERY[name]).replace("<p>", '<p onclick=\\"x()\\"><img src=x onerror=x()><iframe></iframe>')
    (tmp_path / "export.json").write_text(text.replace("https://", "javascript://"))
    result = read_path(tmp_path / "export.json", guess_language=lambda _: "en")
    assert result.articles
    for article in result.articles:
        assert article.source_url is None
        assert "<" not in article.body
        assert "onerror" not in article.body


def test_a_draft_that_was_published_before_is_removed(store: ArticleStore, tmp_path: Path) -> None:
    before = read(tmp_path, ZENDESK)
    first = store.apply(before.articles, source="zendesk", remove_missing=True, refused=before.refused)
    assert len(first.added) == 4
    assert len(store.apply(before.articles, source="zendesk", remove_missing=True).unchanged) == 4
    changed = copy.deepcopy(ZENDESK)
    changed["articles"][0]["translations"][1]["draft"] = True
    changed["articles"][1]["body"] = "<p>Still only for us.</p>"
    after = read(tmp_path, changed)
    report = store.apply(after.articles, source="zendesk", remove_missing=True, refused=after.refused)
    assert (report.removed, report.updated, report.added) == (("360001 (de)",), ("360002 (en)",), ())
    assert store.get("360002", "en").article.visibility is Visibility.INTERNAL


def test_a_refusal_names_the_article(tmp_path: Path) -> None:
    content = copy.deepcopy(ZENDESK)
    content["articles"][0]["translations"][1]["body"] = "<p> </p>"
    content["articles"][1]["body"] = None
    reasons = [refused.reason for refused in read(tmp_path, content).refused]
    assert reasons == [
        "article 360001 (de): the article has no text: write some, or leave the article out",
        "article 360002 (en-us): no text: give `body` (Markdown) or `body_html`",
    ]


def test_what_has_no_known_shape_is_read_by_its_names() -> None:
    assert exported({"id": 1, "title": "A", "locale": "en-us", "body": "b", "draft": False}, Surroundings()) is None


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in _keys(one)}
    return {key for one in value for key in _keys(one)} if isinstance(value, list) else set()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted({key for one in EVERY.values() for key in _keys(one)})), inner, max_size=6
        )
    ),
    max_leaves=20,
)


@given(_JSON, st.sampled_from(sorted(EVERY)), st.data())
def test_broken_exports_give_articles_or_refusals(junk: object, name: str, data: st.DataObject) -> None:
    content = copy.deepcopy(EVERY[name])
    held: Any = content["data"] if "data" in content else content["articles"]
    article = (held["items"] if isinstance(held, dict) else held)[0]
    article[data.draw(st.sampled_from(sorted(article)))] = junk
    content[data.draw(st.sampled_from(sorted(content)))] = data.draw(st.sampled_from([junk, content.get("articles")]))
    for item in read_json(json.dumps(content)):
        assert item is not None
