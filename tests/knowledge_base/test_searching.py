"""Searching: languages, visibility, brand, days, scores, and an index that follows the database."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
import time_machine

from knowledge_base.errors import RefusalError
from knowledge_base.records import Article, Visibility
from knowledge_base.scoring import AnswerScore, Signs
from knowledge_base.search import MAX_QUERY_CHARS, KnowledgeBase
from tests.knowledge_base.hashing import HashingEncoder
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from knowledge_base.store import ArticleStore
    from tickets.records import Answer

SHOP = [
    Article("returns", "en", "Return policy", "## How long may I wait?\n\nYou may return shoes within 30 days."),
    Article("returns", "de", "Rückgabe", "## Wie lange?\n\nSie können Schuhe innerhalb von 30 Tagen zurückgeben."),
    Article("shipping", "en", "Shipping times", "Parcels inside Europe travel two to four working days."),
    Article("vouchers", "en", "Vouchers", "Type the voucher code HPG at checkout, one voucher an order."),
    Article("refunds", "ja", "返金について", "返金は返品の到着後、五営業日以内に行われます。"),
]
DISPUTES = Article("disputes", "en", "Chargebacks", "Answer a chargeback within seven days.", Visibility.INTERNAL)


def base(store: ArticleStore, articles: list[Article], folder: Path | None = None) -> KnowledgeBase:
    store.apply(articles, source="kb")
    return KnowledgeBase(store, HashingEncoder(), encoder_digest="hashing", cache_dir=folder)


def names(answers: list[Answer]) -> list[str]:
    return [f"{answer.article}/{answer.language}" for answer in answers]


def test_the_passage_that_answers_comes_first(store: ArticleStore) -> None:
    (first, *_) = base(store, SHOP).search("How long may I return my shoes?", language="en")
    assert (first.article, first.title, first.language) == ("returns", "Return policy", "en")
    assert first.passage == "How long may I wait?\nYou may return shoes within 30 days."
    assert 0.5 < first.score < 1.0


@pytest.mark.parametrize(
    ("query", "language", "found"),
    [
        ("Schuhe zurückgeben", "de", "returns/de"),
        ("Schuhe zurückgeben", "de-AT", "returns/de"),
        ("返品したら返金はいつですか", "ja", "refunds/ja"),
        ("返品したら返金はいつですか", None, "refunds/ja"),
        ("voucher HPG", "und", "vouchers/en"),
        # No German article speaks of vouchers: the English one stands before the German one that does not fit.
        ("voucher code HPG", "de", "vouchers/en"),
        ("voucher code HPG", "pl", "vouchers/en"),
    ],
)
def test_languages(store: ArticleStore, query: str, language: str | None, found: str) -> None:
    assert names(base(store, SHOP).search(query, language=language))[0] == found


def test_the_own_language_stands_before_a_better_english_passage(store: ArticleStore) -> None:
    german = Article("parcels", "de", "Pakete", "Ihr Paket mit HP100 kommt bald, meistens schon morgen.")
    english = Article("tracking", "en", "HP100", "Paket HP100")
    answers = base(store, [german, english]).search("Paket HP100", language="de")
    assert names(answers) == ["parcels/de", "tracking/en"]
    assert answers[0].score < answers[1].score


def test_an_article_is_not_shown_in_a_second_language(store: ArticleStore) -> None:
    answers = base(store, SHOP).search("Schuhe shoes return zurückgeben 30", language="de", limit=5)
    assert [name for name in names(answers) if name.startswith("returns")] == ["returns/de"]


def test_an_article_gives_two_passages_at_most(store: ArticleStore) -> None:
    text = "\n\n".join(f"## Shoes {number}?\n\nShoes number {number}." for number in range(6))
    answers = base(store, [Article("many", "en", "Shoes", text), SHOP[0]]).search("shoes", language="en", limit=10)
    assert [name.split("/")[0] for name in names(answers)].count("many") == 2


def test_internal_articles_are_for_the_shops_people_only(store: ArticleStore) -> None:
    knowledge = base(store, [*SHOP, DISPUTES])
    for language in ("en", "de", None):
        public = knowledge.search("chargeback within seven days", language=language, limit=50)
        assert "disputes" not in {answer.article for answer in public}
        internal = knowledge.search("chargeback", language=language, visibility=Visibility.INTERNAL, limit=50)
        assert internal[0].article == "disputes"


def test_filters_hold_where_nearly_everything_is_filtered(store: ArticleStore) -> None:
    secret = [Article(f"s{n}", "en", "Chargeback", f"chargeback {n}", Visibility.INTERNAL) for n in range(150)]
    public = Article("open", "en", "Payment", "A chargeback is asked for at the bank.")
    assert names(base(store, [*secret, public]).search("chargeback", language="en", limit=10)) == ["open/en"]


def test_brands(store: ArticleStore) -> None:
    pine, harbour = (Article(n, "en", "Fees", f"Fees of {n}", brand=n.title()) for n in ("pine", "harbour"))
    everyone = Article("all", "en", "Fees", "Fees of all")
    knowledge = base(store, [pine, harbour, everyone])
    assert {answer.article for answer in knowledge.search("fees", brand="PINE", language="en")} == {"pine", "all"}
    assert {answer.article for answer in knowledge.search("fees", brand="other", language="en")} == {"all"}
    assert {answer.article for answer in knowledge.search("fees", language="en")} == {"pine", "harbour", "all"}


@pytest.mark.parametrize(("day", "found"), [(9, []), (10, ["sale/en"]), (20, ["sale/en"]), (21, [])])
def test_only_valid_articles_are_found(store: ArticleStore, day: int, found: list[str]) -> None:
    sale = Article("sale", "en", "Sale", "sale", valid_from=date(2026, 3, 10), valid_until=date(2026, 3, 20))
    knowledge = base(store, [sale])
    with time_machine.travel(datetime(2026, 3, day, 12, tzinfo=UTC), tick=False):
        assert names(knowledge.search("sale", language="en")) == found


def test_an_article_expires_while_the_service_runs(store: ArticleStore) -> None:
    knowledge = base(store, [Article("sale", "en", "Sale", "sale", valid_until=date(2026, 3, 20))])
    with time_machine.travel(datetime(2026, 3, 20, 23, 59, tzinfo=UTC), tick=False) as clock:
        assert knowledge.search("sale", language="en")
        clock.move_to(datetime(2026, 3, 21, tzinfo=UTC))
        assert not knowledge.search("sale", language="en")


def test_scores_fall_and_stay_between_0_and_1(store: ArticleStore) -> None:
    knowledge = base(store, SHOP)
    for query in ("voucher", "asdf qwer", "parcels two to four working days inside Europe", "!!!", "x" * 5_000):
        scores = [answer.score for answer in knowledge.search(query, limit=50)]
        assert scores == sorted(scores, reverse=True)
        assert all(0.0 < score < 1.0 for score in scores)


def test_a_question_nobody_answers_has_a_low_score(store: ArticleStore) -> None:
    knowledge = base(store, SHOP)
    assert knowledge.search("purple elephants sing loudly", language="en")[0].score < 0.2


def test_empty_questions_and_an_empty_base(store: ArticleStore) -> None:
    knowledge = base(store, [])
    assert knowledge.size == 0
    assert knowledge.search("anything") == []
    store.apply(SHOP, source="kb")
    assert knowledge.refresh()
    assert knowledge.search("  \n") == []
    assert knowledge.search("voucher", limit=0) == []


def test_only_the_beginning_of_a_long_question_is_read(store: ArticleStore) -> None:
    knowledge = base(store, SHOP)
    long = "voucher " + "a " * MAX_QUERY_CHARS + "parcels Europe"
    assert names(knowledge.search(long, language="en"))[0] == "vouchers/en"


def test_an_article_tagged_with_the_likely_intent_gains(store: ArticleStore) -> None:
    shop = [
        Article("lost", "en", "Lost parcels", "Where is my parcel? We search for it.", tags=("delivery.not_received",)),
        Article("track", "en", "Tracking", "Where is my parcel? The link shows it.", tags=("order.status",)),
    ]
    search = base(store, shop).search
    for intent, first in (("delivery.not_received", "lost"), ("order.status", "track")):
        found = search("where is my parcel", language="en", topics={intent: 0.8, "refund.status": 0.1})
        assert found[0].article == first
        plain = {answer.article: answer.score for answer in search("where is my parcel", language="en")}
        assert found[0].score > plain[first]


def test_a_given_vector_is_used(store: ArticleStore) -> None:
    knowledge = base(store, SHOP)
    encoder = HashingEncoder()
    meant = encoder.encode(["Shipping times Parcels inside Europe travel two to four working days."])[0]
    assert names(knowledge.search("zzz", vector=meant * 7, language="en"))[0] == "shipping/en"
    silent = knowledge.search("zzz", vector=np.zeros(64, dtype=np.float32), language="en")
    assert silent == []
    broken = np.full(64, np.nan, dtype=np.float32)
    assert names(knowledge.search("voucher", vector=broken, language="en"))[0] == "vouchers/en"
    with pytest.raises(InvalidInputError, match=r"shape \(3,\) does not fit"):
        knowledge.search("voucher", vector=np.ones(3, dtype=np.float32))
    with pytest.raises(InvalidInputError, match="limit 51"):
        knowledge.search("voucher", limit=51)


def test_refresh_follows_the_database(store: ArticleStore) -> None:
    knowledge = base(store, SHOP)
    assert knowledge.refresh()
    assert not knowledge.refresh()
    store.put(Article("gift", "en", "Gift cards", "Gift cards are valid for three years."), actor="ann")
    assert "gift" not in {answer.article for answer in knowledge.search("gift cards", language="en")}
    assert knowledge.refresh()
    assert names(knowledge.search("gift cards", language="en"))[0] == "gift/en"
    store.delete("gift", "en", actor="ann")
    assert knowledge.refresh()
    assert "gift" not in {answer.article for answer in knowledge.search("gift cards", language="en")}


def test_languages_that_did_not_change_are_kept(store: ArticleStore) -> None:
    knowledge = base(store, SHOP)
    german, english = knowledge.partition("de"), knowledge.partition("en")
    store.put(Article("gift", "en", "Gift cards", "Three years."), actor="ann")
    knowledge.refresh()
    assert knowledge.partition("de") is german
    assert knowledge.partition("en") is not english


def test_a_restart_encodes_nothing(store: ArticleStore, tmp_path: Path) -> None:
    base(store, SHOP, tmp_path / "index").refresh()
    encoder = HashingEncoder()
    again = KnowledgeBase(store, encoder, encoder_digest="hashing", cache_dir=tmp_path / "index")
    again.refresh()
    assert encoder.encoded == 0
    assert again.size == len(SHOP)


def test_searches_run_while_the_index_is_replaced(store: ArticleStore) -> None:
    knowledge = base(store, SHOP)
    knowledge.refresh()
    failures: list[BaseException | str] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            try:
                if names(knowledge.search("voucher code", language="en"))[0] != "vouchers/en":
                    failures.append("another answer")
            except (RuntimeError, LookupError, ValueError) as error:
                failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(8):
        store.put(Article(f"n{number}", "en", "More", f"Something else {number}"), actor="ann")
        knowledge.refresh()
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert knowledge.size == len(SHOP) + 8


def test_every_sign_counts_in_its_direction() -> None:
    score = AnswerScore.shipped()
    middle = Signs(cosine=0.4, share=0.4, agreement=0.4, foreign=False)
    for stronger in (
        Signs(0.5, 0.4, 0.4, foreign=False),
        Signs(0.4, 0.5, 0.4, foreign=False),
        Signs(0.4, 0.4, 0.5, foreign=False),
    ):
        assert score.probability(stronger) > score.probability(middle)
    assert score.probability(Signs(0.0, 0.0, 0.0, foreign=False)) < 0.05
    assert score.probability(Signs(1.0, 1.0, 1.0, foreign=False)) > 0.95


@pytest.mark.parametrize("data", [b"", b"{}", b'{"weights": {"cosine": 1}}', b'{"weights": 3}', b"[]"])
def test_broken_parameters_are_named(data: bytes) -> None:
    with pytest.raises(RefusalError, match=r"answer_score\.json"):
        AnswerScore.parse(data)


class Gated(HashingEncoder):
    """Encodes passages only once it is let; questions at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.broken = False

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(texts) > 1:
            assert self.open.wait(30)
            if self.broken:
                raise RuntimeError("out of memory")
        return super().encode(texts)


def many(count: int) -> list[Article]:
    return [Article(f"page-{n}", "en", f"Page {n}", f"The colour number {n} is called azure{n}.") for n in range(count)]


def settled(knowledge: KnowledgeBase) -> bool:
    for _ in range(600):
        if not knowledge.encoding:
            return True
        time.sleep(0.05)
    return False


def test_many_new_passages_are_found_by_their_words_while_they_are_encoded(store: ArticleStore, tmp_path: Path) -> None:
    store.apply(many(300), source="kb")
    encoder = Gated()
    knowledge = KnowledgeBase(store, encoder, encoder_digest="g", cache_dir=tmp_path, background=True)
    knowledge.refresh()
    assert knowledge.encoding
    assert names(knowledge.search("azure17", language="en"))[0] == "page-17/en"
    partition = knowledge.partition("en")
    assert partition is not None
    assert not partition.vectors.any()
    encoder.open.set()
    assert settled(knowledge)
    for _ in range(200):
        partition = knowledge.partition("en")
        if partition is not None and partition.vectors.any(axis=1).all():
            break
        time.sleep(0.05)
    assert partition is not None
    assert partition.vectors.any(axis=1).all()
    assert names(knowledge.search("azure17", language="en"))[0] == "page-17/en"
    # All were kept: a restart encodes nothing.
    encoder.encoded = 0
    again = KnowledgeBase(store, encoder, encoder_digest="g", cache_dir=tmp_path, background=True)
    again.refresh()
    assert encoder.encoded == 0
    assert not again.encoding


def test_an_encoder_that_fails_in_the_background_leaves_the_words(store: ArticleStore) -> None:
    store.apply(many(200), source="kb")
    encoder = Gated()
    encoder.broken = True
    knowledge = KnowledgeBase(store, encoder, encoder_digest="g", cache_dir=None, background=True)
    knowledge.refresh()
    encoder.open.set()
    assert settled(knowledge)
    assert names(knowledge.search("azure9", language="en"))[0] == "page-9/en"


def test_a_few_new_passages_are_encoded_at_once(store: ArticleStore) -> None:
    store.apply(SHOP, source="kb")
    knowledge = KnowledgeBase(store, HashingEncoder(), encoder_digest="h", cache_dir=None, background=True)
    knowledge.refresh()
    assert not knowledge.encoding
    partition = knowledge.partition("de")
    assert partition is not None
    assert partition.vectors.any(axis=1).all()
