"""Searching with the encoder that ships: a question finds the article in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knowledge_base.records import Article
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import ArticleStore
from models.bundle import Bundle
from tickets.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

ARTICLES = [
    Article("returns", "en", "Return policy", "You can send things back within 30 days from delivery for a refund."),
    Article(
        "tracking", "en", "Track your parcel", "See where your parcel is with the tracking number and the carrier."
    ),
    Article("payment", "en", "Payment failed", "Your card was declined? Nothing was charged. Try to pay again."),
    Article("sizes", "en", "Size guide", "Which size fits: measure chest, waist and hips and look at the table."),
]
QUESTIONS = {
    "ar": "أين طردي؟ أريد رقم التتبع",
    "de": "Wo ist mein Paket? Die Sendungsnummer geht nicht.",
    "en": "Where is my package?",
    "es": "¿Dónde está mi paquete? El número de seguimiento no funciona",
    "fr": "Où est mon colis ? Le numéro de suivi ne marche pas",
    "it": "Dov'è il mio pacco? Il numero di tracciamento non funziona",
    "ja": "荷物はどこですか？追跡番号を教えてください",
    "nl": "Waar is mijn pakket? Het trackingnummer werkt niet",
    "pl": "Gdzie jest moja paczka? Numer przesyłki nie działa",
    "pt": "Onde está a minha encomenda? O número de rastreamento não funciona",
    "tr": "Kargom nerede? Takip numarası çalışmıyor",
    "zh": "我的包裹在哪里？快递单号查不到",
}


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    if not Bundle.default_path().is_dir():
        pytest.skip("no bundle ships with this checkout")
    bundle = Bundle.load(Bundle.default_path())
    folder = tmp_path_factory.mktemp("home")
    database = Database.open(f"sqlite:///{folder}/shop.db")
    store = ArticleStore(database)
    store.apply(ARTICLES, source="kb")
    yield KnowledgeBase(store, bundle.encoder, encoder_digest=bundle.digest, cache_dir=folder)
    database.close()


@pytest.mark.parametrize("language", sorted(QUESTIONS))
def test_a_question_in_any_language_finds_the_english_article(knowledge: KnowledgeBase, language: str) -> None:
    assert knowledge.search(QUESTIONS[language], language=language)[0].article == "tracking"


@pytest.mark.parametrize("query", ["\ud800 {} \udfff", "\x00 {}", "{} " * 5_000])
def test_odd_questions_are_answered_too(knowledge: KnowledgeBase, query: str) -> None:
    query = query.replace("{}", "where is my package")
    assert knowledge.search(query, language="en")[0].article == "tracking"
