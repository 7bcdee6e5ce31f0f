"""Our scorer gives what scikit-learn gives for the same weights and features."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from models.heads import DenseWeights, LexicalWeights, LinearHeads, columns, lexical_row
from models.lexical import count_ngrams
from models.manifest import HeadSpec, LexicalSpec
from training.fit.features import fit_vocabulary, lexical_matrix

TEXTS = [
    "where is my order", "my order is late", "i want a refund", "refund me please", "where is the parcel",
    "wo ist mein paket", "geld zurück bitte", "ich will mein geld zurück", "paket kommt nicht", "wo bleibt die sendung",
]  # fmt: skip
LABELS = np.array([0, 0, 1, 1, 0, 0, 1, 1, 0, 0])
SPEC = LexicalSpec(bits=20, word_weight=0.5)


def head(*labels: str, lexical: float = 1.0, dense: float = 0.0) -> HeadSpec:
    return HeadSpec(labels=labels, lexical_scale=lexical, dense_scale=dense)


def test_features_are_tfidf_with_unit_families() -> None:
    vocabulary = fit_vocabulary(TEXTS, SPEC, min_documents=1)
    row = lexical_row(TEXTS[0], SPEC, vocabulary.buckets, vocabulary.idf)
    words = vocabulary.buckets[row.rows] >= 1 << (SPEC.bits - 1)
    assert np.linalg.norm(row.values[words]) == pytest.approx(0.5, abs=1e-5)
    assert np.linalg.norm(row.values[~words]) == pytest.approx(1.0, abs=1e-5)


def test_features_equal_scikit_learns_weighting() -> None:
    vocabulary = fit_vocabulary(TEXTS, SPEC, min_documents=1)
    ours = lexical_matrix(TEXTS, SPEC, vocabulary)
    words = vocabulary.buckets >= 1 << (SPEC.bits - 1)
    counts = np.zeros(ours.shape)
    for row, text in enumerate(TEXTS):
        counted = count_ngrams(text, SPEC.bits)
        counts[row, np.searchsorted(vocabulary.buckets, counted.buckets)] = counted.counts
    theirs = TfidfTransformer(sublinear_tf=True).fit_transform(counts[:, words]).toarray() * 0.5
    # Our idf is kept in half precision.
    assert np.allclose(ours.toarray()[:, words], theirs, atol=2e-3)


def test_scores_equal_scikit_learns_decision_function() -> None:
    vocabulary = fit_vocabulary(TEXTS, SPEC, min_documents=1)
    matrix = lexical_matrix(TEXTS, SPEC, vocabulary)
    vectors = np.random.default_rng(0).normal(size=(len(TEXTS), 8)).astype(np.float32)
    by_words = LogisticRegression().fit(matrix, LABELS)
    by_vector = LogisticRegression().fit(vectors, LABELS)
    heads = LinearHeads(
        SPEC,
        {"intent": head("a", "b", lexical=2.0, dense=0.5)},
        LexicalWeights(
            vocabulary.buckets,
            vocabulary.idf,
            by_words.coef_.T.astype(np.float32),
            by_words.intercept_.astype(np.float32),
        ),
        DenseWeights(by_vector.coef_.T.astype(np.float32), by_vector.intercept_.astype(np.float32)),
    )
    expected = 2.0 * by_words.decision_function(matrix) + 0.5 * by_vector.decision_function(vectors)
    assert np.allclose(heads.score(TEXTS, vectors)["intent"][:, 0], expected, atol=1e-4)


def test_a_text_of_unknown_ngrams_gets_the_bias() -> None:
    vocabulary = fit_vocabulary(TEXTS, SPEC, min_documents=1)
    zeros = np.zeros((len(vocabulary.buckets), 3), dtype=np.float32)
    bias = np.array([1.0, 2.0, 3.0], dtype=np.float32)
    heads = LinearHeads(
        SPEC,
        {"intent": head("a", "b", "c")},
        LexicalWeights(vocabulary.buckets, vocabulary.idf, zeros, bias),
        DenseWeights(np.zeros((4, 3), dtype=np.float32), np.zeros(3, dtype=np.float32)),
    )
    scores = heads.score(["", "日本"], np.zeros((2, 4), dtype=np.float32))["intent"]
    assert np.allclose(scores, [bias, bias])


def test_columns_stand_in_serving_order() -> None:
    heads = {"escalation": head("calm", "escalate"), "intent": head("a", "b", "c"), "language": head("de", "en", "fr")}
    assert columns(heads) == {"intent": (0, 3), "language": (3, 6), "escalation": (6, 7)}


def test_several_heads_share_one_pass_and_further_intents_read_the_intents_scores() -> None:
    vocabulary = fit_vocabulary(TEXTS, SPEC, min_documents=1)
    rng = np.random.default_rng(4)
    rows = len(vocabulary.buckets)
    lexical = LexicalWeights(
        vocabulary.buckets, vocabulary.idf, rng.normal(size=(rows, 5)).astype(np.float32), np.zeros(5, np.float32)
    )
    dense = DenseWeights(rng.normal(size=(4, 8)).astype(np.float32), np.zeros(8, dtype=np.float32))
    heads = LinearHeads(
        SPEC,
        {
            "further": head("a", "b", "c", lexical=0.3, dense=0.7),
            "intent": head("a", "b", "c"),
            "reasons": head("legal", "abuse"),
        },
        lexical,
        dense,
    )
    features = rng.normal(size=(len(TEXTS), 4)).astype(np.float32)
    found = heads.score(TEXTS, features)
    assert {name: scores.shape[1] for name, scores in found.items()} == {"intent": 3, "reasons": 2, "further": 3}
    expected = 0.3 * found["intent"] + 0.7 * (features @ dense.weights[:, 5:])
    assert np.allclose(found["further"], expected, atol=1e-5)


def test_weights_of_half_precision_score_as_the_same_numbers_do_in_full() -> None:
    vocabulary = fit_vocabulary(TEXTS, SPEC, min_documents=1)
    rng = np.random.default_rng(5)
    narrow = rng.normal(size=(len(vocabulary.buckets), 3)).astype(np.float16)
    dense = DenseWeights(rng.normal(size=(4, 3)).astype(np.float32), np.zeros(3, np.float32))
    features = rng.normal(size=(len(TEXTS), 4)).astype(np.float32)
    narrow_scores, wide_scores = (
        LinearHeads(
            SPEC,
            {"intent": head("a", "b", "c")},
            LexicalWeights(vocabulary.buckets, vocabulary.idf, weights, np.zeros(3, np.float32)),
            dense,
        ).score(TEXTS, features)["intent"]
        for weights in (narrow, narrow.astype(np.float32))
    )
    assert np.array_equal(narrow_scores, wide_scores)
