"""Articles that name questions which they answer, or only seem to: compared with what is asked, and never shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from knowledge_base.entries import Entry
from knowledge_base.feed import read_articles
from knowledge_base.importing import read_path
from knowledge_base.records import Article, Visibility
from knowledge_base.search import KnowledgeBase
from knowledge_base.segments import IndexedArticle, with_questions
from models.bundle import Bundle

if TYPE_CHECKING:
    from pathlib import Path

    from knowledge_base.store import ArticleStore
    from tickets.database import Database

PLAIN = Article(
    "zone-four",
    "en",
    "Zone 4 surcharge",
    "A surcharge of 12 euros applies.\n\n## How it is paid\n\nIt is added at the last step, before you pay.",
)
OTHERS = [
    Article("gift-wrap", "en", "Gift wrap", "We wrap presents for two euros. Choose it in the basket."),
    Article("size-guide", "en", "Size guide", "Measure chest, waist and hips, and look at the table."),
    Article("opening", "en", "Opening hours of our shop", "We are there from nine to six on working days."),
]
# A shop whose articles all name questions.
NAMING = [
    replace(one, questions=(question,))
    for one, question in zip(
        OTHERS, ("Hediye paketi yapıyor musunuz?", "Hangi bedeni almalıyım?", "Saat kaça kadar açıksınız?"), strict=True
    )
]
ASKED = "Adalara gönderim neden daha pahalı?"
NEARLY = "adaya kargo niye bu kadar pahalı"
DENIED = "can I fetch it on the island myself?"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return Bundle.load(Bundle.default_path())


def searching(store: ArticleStore, bundle: Bundle, folder: Path | None = None) -> KnowledgeBase:
    return KnowledgeBase(store, bundle.encoder, encoder_digest=bundle.digest, cache_dir=folder)


def test_a_known_question_leads_to_the_article_and_is_never_shown(store: ArticleStore, bundle: Bundle) -> None:
    store.apply([PLAIN, *NAMING], source="kb")
    base = searching(store, bundle)
    before = {one.article: one.score for one in base.search(NEARLY, language="tr", limit=9)}
    store.apply([replace(PLAIN, questions=(ASKED, "why do islands cost more?"))], source="kb")
    base.refresh()
    found = base.search(NEARLY, language="tr", limit=9)
    assert found[0].article == PLAIN.id
    assert found[0].score > before.get(PLAIN.id, 0.0)
    assert all(ASKED not in one.passage and "islands" not in one.passage for one in found)
    assert base.size == 4  # questions are no passages


def test_where_few_articles_name_questions_one_of_them_counts_all_the_same(store: ArticleStore, bundle: Bundle) -> None:
    store.apply([replace(PLAIN, questions=(ASKED,)), *OTHERS], source="kb")
    (first, *_) = searching(store, bundle).search("adalara gönderim niye daha pahalı", language="tr")
    assert first.article == PLAIN.id


def test_a_question_that_is_taken_away_leads_nowhere(store: ArticleStore, bundle: Bundle) -> None:
    store.apply([replace(PLAIN, questions=(ASKED,)), *NAMING], source="kb")
    base = searching(store, bundle)
    with_it = base.search(NEARLY, language="tr")[0]
    report = store.apply([PLAIN], source="kb")
    assert report.updated == (f"{PLAIN.id} (en)",)
    base.refresh()
    without = next((one for one in base.search(NEARLY, language="tr", limit=9) if one.article == PLAIN.id), None)
    assert with_it.article == PLAIN.id
    assert without is None or without.score < with_it.score


def test_what_comes_near_a_negative_question_is_less_sure(store: ArticleStore, bundle: Bundle) -> None:
    asking = replace(PLAIN, questions=(ASKED, "how much is the surcharge for zone 4?"))
    store.apply([asking, *NAMING], source="kb")
    base = searching(store, bundle)
    near, other = "can I fetch it on the island by myself", "how much is the zone 4 surcharge"
    before = {text: base.search(text, language="en")[0].score for text in (near, other)}
    store.apply([replace(asking, negative_questions=(DENIED,))], source="kb")
    base.refresh()
    after = {text: base.search(text, language="en")[0] for text in (near, other)}
    assert after[near].score < before[near] / 2
    assert after[other].article == PLAIN.id
    assert after[other].score > 3 * after[near].score
    assert all(DENIED not in one.passage for one in after.values())


def test_questions_of_internal_articles_stay_inside(store: ArticleStore, bundle: Bundle) -> None:
    hidden = replace(PLAIN, visibility=Visibility.INTERNAL, questions=(ASKED,))
    store.apply([hidden, *OTHERS], source="kb")
    base = searching(store, bundle)
    assert PLAIN.id not in {one.article for one in base.search(ASKED, language="tr", limit=9)}
    inside = base.search(ASKED, language="tr", visibility=Visibility.INTERNAL)
    assert inside[0].article == PLAIN.id


def test_they_survive_a_restart_and_stand_in_every_version(store: ArticleStore, bundle: Bundle, tmp_path: Path) -> None:
    article = replace(PLAIN, questions=(ASKED,))
    store.apply([article, *OTHERS], source="kb")
    first = searching(store, bundle, tmp_path / "index")
    found = first.search(NEARLY, language="tr")
    first.close()
    again = searching(store, bundle, tmp_path / "index")
    assert again.search(NEARLY, language="tr") == found
    store.apply([replace(article, questions=())], source="kb")
    assert [one.article.questions for one in store.versions(PLAIN.id, "en")] == [(), (ASKED,)]


def test_a_file_names_them_as_a_list_and_too_much_is_refused(tmp_path: Path) -> None:
    head = "---\nid: islands\ntitle: Islands\nlanguage: en\nquestions:\n"
    lines = f'  - "{ASKED}"\n  - why do islands cost more?\n  - why do islands cost more?\n'
    (tmp_path / "good.md").write_text(f"{head}{lines}---\nTwelve euros.\n", encoding="utf-8")
    (tmp_path / "long.md").write_text(f'{head}  - "{"x" * 301}"\n---\nTwelve euros.\n', encoding="utf-8")
    many = "".join(f"  - number {number}\n" for number in range(201))
    (tmp_path / "many.md").write_text(f"{head}{many}---\nTwelve euros.\n", encoding="utf-8")
    read = read_path(tmp_path)
    assert [one.questions for one in read.articles] == [(ASKED, "why do islands cost more?")]
    reasons = {refused.file.rpartition("/")[2]: refused.reason for refused in read.refused}
    assert "a question has 301 characters, 300 are allowed" in reasons["long.md"]
    assert "201 questions, 200 are allowed" in reasons["many.md"]


def test_a_file_names_negative_ones_under_the_same_limits(tmp_path: Path) -> None:
    head = "---\nid: islands\ntitle: Islands\nlanguage: en\nnegative_questions:\n"
    lines = f"  - {DENIED}\n  - is there a  ferry?\n  - {DENIED}\n"
    (tmp_path / "good.md").write_text(f"{head}{lines}---\nTwelve euros.\n", encoding="utf-8")
    (tmp_path / "long.md").write_text(f'{head}  - "{"x" * 301}"\n---\nTwelve euros.\n', encoding="utf-8")
    many = "".join(f"  - number {number}\n" for number in range(201))
    (tmp_path / "many.md").write_text(f"{head}{many}---\nTwelve euros.\n", encoding="utf-8")
    (tmp_path / "rows.csv").write_text(
        f'id,title,language,body,negative_questions\nrow,T,en,B,"{DENIED}\nis there a ferry?"\n', encoding="utf-8"
    )
    read = read_path(tmp_path)
    assert {one.id: one.negative_questions for one in read.articles} == dict.fromkeys(
        ("islands", "row"), (DENIED, "is there a ferry?")
    )
    reasons = {refused.file.rpartition("/")[2]: refused.reason for refused in read.refused}
    assert "negative_questions: a question has 301 characters, 300 are allowed" in reasons["long.md"]
    assert "201 negative_questions, 200 are allowed" in reasons["many.md"]


def test_a_question_is_known_or_negative_and_not_both(tmp_path: Path) -> None:
    path = tmp_path / "both.md"
    lists = "questions:\n  - Is there a ferry?\nnegative_questions:\n  - is it dear?\n  - is there  a FERRY?\n"
    path.write_text(f"---\nid: islands\ntitle: Islands\nlanguage: en\n{lists}---\nTwelve euros.\n", encoding="utf-8")
    (refused,) = read_path(path).refused
    assert refused.reason == "'is there a FERRY?' is in `questions` and in `negative_questions`: take it out of one"
    assert path.read_text(encoding="utf-8").splitlines()[refused.line - 1] == "negative_questions:"


def test_negative_ones_stand_behind_the_known_ones() -> None:
    passages = (
        Entry("a", "T", "en", Visibility.PUBLIC, "one", ("H",)),
        Entry("a", "T", "en", Visibility.PUBLIC, "two"),
    )
    rows = with_questions(passages, ["known?"], ["negative?", "both?"])
    assert [(row.text, row.asks, row.denies) for row in rows] == [
        ("one", False, False),
        ("two", False, False),
        ("known?", True, False),
        ("negative?", True, True),
        ("both?", True, True),
    ]
    assert {(row.heading_path, row.searched, row.spoken == row.text) for row in rows[2:]} == {((), "", True)}


def test_which_kind_a_question_is_makes_another_article_of_the_index() -> None:
    passage = (Entry("a", "T", "en", Visibility.PUBLIC, "one"),)
    known, negative = (with_questions(passage, *lists) for lists in (((ASKED,), ()), ((), (ASKED,))))
    assert IndexedArticle(1, known).digest != IndexedArticle(1, negative).digest
    assert IndexedArticle(1, known).texts == IndexedArticle(1, negative).texts  # encoded once


def test_the_index_reads_both_kinds_and_a_changed_list_is_an_update(database: Database, store: ArticleStore) -> None:
    article = replace(PLAIN, questions=(ASKED,), negative_questions=(DENIED,))
    store.apply([article, *OTHERS], source="kb")
    assert asking(database) == {(PLAIN.id, ASKED, False), (PLAIN.id, DENIED, True)}
    assert len(store.apply([article, *OTHERS], source="kb").unchanged) == 4
    moved = replace(article, questions=(), negative_questions=(ASKED, DENIED))
    assert store.apply([moved], source="kb").updated == (f"{PLAIN.id} (en)",)
    assert asking(database) == {(PLAIN.id, ASKED, True), (PLAIN.id, DENIED, True)}
    assert [one.article for one in store.versions(PLAIN.id, "en")] == [moved, article]


def test_negative_ones_are_no_passages_and_are_kept_over_a_restart(
    store: ArticleStore, bundle: Bundle, tmp_path: Path
) -> None:
    store.apply([replace(PLAIN, negative_questions=(DENIED, ASKED)), *OTHERS], source="kb")
    first = searching(store, bundle, tmp_path / "index")
    found = first.search(DENIED, language="en", limit=9)
    assert first.size == 4
    assert all(DENIED not in one.passage for one in found)
    first.close()
    again = searching(store, bundle, tmp_path / "index")
    assert again.search(DENIED, language="en", limit=9) == found


def asking(database: Database) -> set[tuple[str, str, bool]]:
    """Give the questions that the index reads, each with its article and whether it is a negative one."""
    with database.session() as session:
        articles = list(read_articles(session, None))
    return {(row.article, row.text, row.denies) for one in articles for row in one.entries if row.asks}
