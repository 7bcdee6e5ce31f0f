"""Searching: languages, visibility, brand, days, scores, and an index that follows the database."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
import time_machine

from knowledge_base.errors import RefusalError
from knowledge_base.index import Scope
from knowledge_base.records import Article, Visibility
from knowledge_base.scoring import GROUNDS, SIGNS, AnswerScore, Grounds, Parameters, Signs, matrix
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


# The shipped weights belong to the shipped encoder; these suit one that counts words.
SCORE = AnswerScore.of(
    Parameters.of(
        {"share": 6.0, "coverage": 4.0, "cosine": 4.0, "topic": 1.0, "translated": 0.5},
        {"always": -3.0, "coverage": 8.0},
        slope=0.5,
    )
)


def base(store: ArticleStore, articles: list[Article], folder: Path | None = None) -> KnowledgeBase:
    store.apply(articles, source="kb")
    return KnowledgeBase(store, HashingEncoder(), encoder_digest="hashing", cache_dir=folder, score=SCORE)


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


def test_the_likelier_passage_comes_first_whether_in_the_own_language_or_in_english(store: ArticleStore) -> None:
    german = Article("parcels", "de", "Pakete", "Ihr Paket mit HP100 kommt bald, meistens schon morgen.")
    english = Article("tracking", "en", "HP100", "Paket HP100")
    french = Article("colis", "fr", "Paket HP100", "Paket HP100")
    knowledge = base(store, [german, english, french])
    assert names(knowledge.search("Paket HP100 kommt morgen", language="de", limit=2)) == ["parcels/de", "tracking/en"]
    # Further languages are only looked into where nothing likely is found, or too little.
    assert "colis/fr" in names(knowledge.search("Paket HP100 kommt morgen", language="de"))


def test_a_foreign_question_finds_english_words(store: ArticleStore) -> None:
    shop = [
        Article("refunds", "en", "Refunds", "The refund reaches your bank within five days."),
        Article("kettles", "en", "Kettles", "The kettle stops when the water boils."),
    ]
    knowledge = base(store, shop)
    silent = np.zeros(64, dtype=np.float32)
    assert names(knowledge.search("Wasserkocher", vector=silent, language="de")) == ["kettles/en"]
    assert names(knowledge.search("iade", vector=silent, language="tr")) == ["refunds/en"]
    assert knowledge.search("Wasserkocher", vector=silent, language="en") == []


def test_an_article_is_not_shown_in_a_second_language(store: ArticleStore) -> None:
    answers = base(store, SHOP).search("Schuhe shoes return zurückgeben 30", language="de", limit=5)
    assert [name for name in names(answers) if name.startswith("returns")] == ["returns/de"]


CUSTOMS = Article(
    "customs", "en", "Customs", "## Who pays Zollgebühren?\n\nThe buyer pays Zollgebühren.\n\n## Else?\n\nNothing."
)
ZOLL = Article("zoll", "de", "Einfuhr", "## Wer bezahlt?\n\nDer Käufer.\n\n## Sonst?\n\nNichts.")


@pytest.mark.parametrize(
    ("translation", "found"),
    [
        (replace(ZOLL, id="customs"), "customs/de"),
        (replace(ZOLL, translation_of="customs"), "zoll/de"),
        # Which passage says the same is not known where there are not as many.
        (replace(ZOLL, id="customs", body="Der Käufer."), "customs/en"),
        # Who may not see the translation is shown the original.
        (replace(ZOLL, id="customs", visibility=Visibility.INTERNAL), "customs/en"),
        (replace(ZOLL, id="customs", valid_until=date(2020, 1, 1)), "customs/en"),
        # It has nothing to do with the English article.
        (ZOLL, "customs/en"),
    ],
)
def test_the_translation_of_what_fits_is_shown(store: ArticleStore, translation: Article, found: str) -> None:
    knowledge = base(store, [CUSTOMS, translation])
    first, *others = knowledge.search("Zollgebühren", language="de", limit=5)
    assert f"{first.article}/{first.language}" == found
    assert first.passage == ("Wer bezahlt?\nDer Käufer." if found.endswith("/de") else knowledge_of(CUSTOMS))
    assert len({(one.article, one.passage) for one in (first, *others)}) == 1 + len(others)
    (english, *_) = knowledge.search("Zollgebühren", language="en", limit=5)
    assert english.article == "customs"
    # Who names no language is shown what was found.
    assert names(knowledge.search("Zollgebühren", language=None))[0] == "customs/en"


def knowledge_of(article: Article) -> str:
    """Give the first passage as it is shown."""
    heading, text = article.body.removeprefix("## ").split("\n\n")[:2]
    return f"{heading}\n{text}"


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


def test_markets(store: ArticleStore) -> None:
    germany, america = (Article(n, "en", "Fees", f"Fees of {n}", market=n) for n in ("DE", "US"))
    everyone = Article("all", "en", "Fees", "Fees of all")
    knowledge = base(store, [germany, america, everyone])
    assert {answer.article for answer in knowledge.search("fees", market="DE", language="en")} == {"DE", "all"}
    assert {answer.article for answer in knowledge.search("fees", market="us", language="en")} == {"US", "all"}
    assert {answer.article for answer in knowledge.search("fees", market="JP", language="en")} == {"all"}
    assert {answer.article for answer in knowledge.search("fees", language="en")} == {"DE", "US", "all"}


def test_a_translation_for_another_market_is_not_shown(store: ArticleStore) -> None:
    knowledge = base(store, [CUSTOMS, replace(ZOLL, id="customs", market="AT")])
    for market, found in (("DE", "customs/en"), ("AT", "customs/de"), (None, "customs/de")):
        assert names(knowledge.search("Zollgebühren", language="de", market=market))[0] == found
    # The market may change while the rest stays.
    knowledge = base(store, [replace(ZOLL, id="customs", market="DE")])
    assert names(knowledge.search("Zollgebühren", language="de", market="DE"))[0] == "customs/de"


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


def test_likely_intents_are_a_ranking_of_their_own(store: ArticleStore) -> None:
    pages = [
        Article(f"p{n}", "en", "Parcel", f"Where is my parcel number {n}?", tags=("order.status",) if n == 39 else ())
        for n in range(40)
    ]
    partition = base(store, pages).partition("en")
    assert partition is not None
    vector = HashingEncoder().encode(["where is my parcel"])[0]
    scope = Scope.of(Visibility.PUBLIC, None, date(2026, 1, 1))

    def place(topics: dict[str, float]) -> int:
        found = partition.search(["where", "parcel"], vector, scope, 60, topics)
        return next(place for place, one in enumerate(found) if one.entry.article == "p39")

    plain = place({})
    assert place({"refund.status": 0.9}) == plain
    assert place({"order.status": 0.9}) < place({"order.status": 0.2}) < plain


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


def test_a_passage_knows_the_mean_of_its_article(store: ArticleStore) -> None:
    text = "## One?\n\nShoes are shoes.\n\n## Two?\n\nGloves and hats."
    partition = base(store, [Article("many", "en", "Things", text), SHOP[3]]).partition("en")
    assert partition is not None
    vector = HashingEncoder().encode(["shoes and gloves"])[0]
    found = partition.search(["shoe"], vector, Scope.of(Visibility.PUBLIC, None, date(2026, 1, 1)))
    own = [one.cosine for one in found if one.entry.article == "many"]
    assert len(own) == 2
    for one in found:
        expected = np.mean(own) if one.entry.article == "many" else one.cosine
        assert one.article_cosine == pytest.approx(expected, abs=1e-6)


def likelihood(parameters: Parameters, signs: Signs, grounds: Grounds | None = None) -> float:
    """Give the probability of a passage beside a middling one of another article."""
    given = grounds or Grounds(coverage=0.5, cosine=0.5, known=0.8, brevity=0.1)
    rows = matrix([signs, Signs(coverage=0.4, cosine=0.4)])
    return float(AnswerScore.of(parameters).probabilities(rows, ["one", "other"], given)[0])


EITHER = ("foreign", "translated", "unasked", "undenied", "always")
AGAINST = ("denied", "denied_close", "denied_words", "denied_mass", "brevity")
SHIPPED = AnswerScore.shipped()


@pytest.mark.parametrize("parameters", [SHIPPED.asked, SHIPPED.unasked], ids=["asked", "unasked"])
@pytest.mark.parametrize("name", [name for name in SIGNS if name not in EITHER])
def test_every_sign_counts_in_its_direction(name: str, parameters: Parameters) -> None:
    middle = Signs(**dict.fromkeys(SIGNS, 0.4))
    more = Signs(**{**dict.fromkeys(SIGNS, 0.4), name: 0.5})
    changed = likelihood(parameters, more) - likelihood(parameters, middle)
    assert changed <= 0 if name in AGAINST else changed >= 0


@pytest.mark.parametrize("parameters", [SHIPPED.asked, SHIPPED.unasked], ids=["asked", "unasked"])
@pytest.mark.parametrize("name", [name for name in GROUNDS if name not in EITHER])
def test_more_to_go_by_makes_an_answer_likelier_and_fewer_words_do_not(name: str, parameters: Parameters) -> None:
    middle = dict.fromkeys(GROUNDS, 0.4)
    more = likelihood(parameters, Signs(), Grounds(**{**middle, name: 0.6}))
    changed = more - likelihood(parameters, Signs(), Grounds(**middle))
    assert changed <= 0 if name in AGAINST else changed >= 0


def test_a_question_that_no_page_answers_makes_its_like_unsure() -> None:
    near = Grounds(coverage=0.5, cosine=0.6, asked=0.6, denied=0.9, denied_words=0.8, brevity=0.1)
    far = Grounds(coverage=0.5, cosine=0.6, asked=0.6, denied=0.4, brevity=0.1)
    for parameters in (SHIPPED.asked, SHIPPED.unasked):
        assert likelihood(parameters, Signs(), near) < likelihood(parameters, Signs(), far)


def test_what_articles_name_decides_which_parameters_are_used() -> None:
    score = AnswerScore(Parameters.of({}, {}), Parameters.of({}, {}, slope=2.0), np.zeros(3))
    articles = [f"a{number}" for number in range(5)]
    for unasked, chosen in ((0, score.asked), (1, score.asked), (2, score.unasked), (5, score.unasked)):
        rows = matrix([Signs(unasked=float(number < unasked)) for number in range(5)])
        assert score.fitting(rows, articles) is chosen


def test_another_article_answers_only_where_the_likeliest_does_not() -> None:
    # The parameters are sure of whatever is near a known question: the share hardly counts.
    score = AnswerScore.of(Parameters.of({"cosine": 5.0}, {"always": -2.0}, {"asked": 5.0}, slope=0.1))
    signs = matrix([Signs(cosine=0.9, asked=0.9), Signs(cosine=0.8, asked=0.8), Signs(cosine=0.7, asked=0.9)])
    first, second, same = score.probabilities(signs, ["a", "b", "a"], Grounds()).tolist()
    alone = score.probabilities(signs[[1, 1]], ["b", "c"], Grounds()).max()
    assert first > 0.8
    assert alone > 0.8
    assert second < 1 - first
    assert same > 1 - first, "a passage of the same article is no rival"
    assert first + second <= 1


def test_what_leads_to_an_article_does_not_choose_its_passage() -> None:
    score = replace(AnswerScore.of(Parameters.of({"share": 5.0, "asked": 5.0}, {})), within=np.array([0.0, 0.0, 9.0]))
    signs = matrix([Signs(share=1.0, asked=0.9, cosine=0.3), Signs(asked=0.9, cosine=0.6), Signs(cosine=0.9)])
    first, second, other = score.probabilities(signs, ["a", "a", "b"], Grounds()).tolist()
    assert second > first > 0
    assert second > other


def test_passages_of_one_article_speak_for_it_together() -> None:
    score = AnswerScore.of(Parameters.of({"cosine": 5.0}, {}))
    signs = matrix([Signs(cosine=0.5), Signs(cosine=0.4), Signs(cosine=0.5)])
    apart = score.probabilities(signs, ["a", "b", "c"], Grounds())
    together = score.probabilities(signs, ["a", "a", "c"], Grounds())
    assert together[0] > apart[0]
    assert together[0] > together[1] > 0
    assert together[0] > together[2]
    assert score.probabilities(matrix([]), [], Grounds()).tolist() == []


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"weights": {"cosine": 1}}', b'{"weights": 3}', b"[]", b'{"format": 1}']
)
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
    assert partition.encoded == 0
    encoder.open.set()
    assert settled(knowledge)
    for _ in range(200):
        partition = knowledge.partition("en")
        if partition is not None and partition.encoded == 300:
            break
        time.sleep(0.05)
    assert partition is not None
    assert partition.encoded == 300
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
    assert partition.encoded == partition.size == 1
