"""What others would build: the same messages, the usual packages.

Settings are the same everywhere and tuned to no set: the SVM has scikit-learn's own C of 1, the logistic regression the
C of 10 that Deskhand's heads over sentence vectors have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.scores import Scores

SEED = 7
_MANY = 5_000
_BATCH = 64
Embed = Callable[[Sequence[str]], NDArray[np.float32]]


@lru_cache(maxsize=1)
def minilm() -> Embed:
    """Load all-MiniLM-L6-v2 as the naive pipeline does, in torch through sentence-transformers."""
    from benchmarks.naive import FOUND, load

    encoder = load(FOUND).encoder

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray(encoder.encode(list(texts), batch_size=_BATCH, show_progress_bar=False))

    return embed


def tfidf_svm(texts: Sequence[str], labels: Sequence[str]) -> Callable[[Sequence[str]], Scores]:
    """Fit characters of 2 to 5 within words, words and pairs of words, by TF-IDF, to one linear SVM a label.

    From 5,000 messages on, what stands in one message only is left out: it cannot help, and would fill the memory.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    common: dict[str, Any] = {"sublinear_tf": True, "min_df": 2 if len(texts) >= _MANY else 1}
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **common)
    words = TfidfVectorizer(analyzer="word", ngram_range=(1, 2), **common)
    model = make_pipeline(make_union(characters, words), LinearSVC(random_state=SEED)).fit(list(texts), list(labels))

    def score(asked: Sequence[str]) -> Scores:
        found = np.asarray(model.decision_function(list(asked)), dtype=np.float64)
        both = found if found.ndim == 2 else np.column_stack([-found, found])
        return Scores(tuple(map(str, model.classes_)), both)

    return score


def logistic(vectors: NDArray[np.float32], labels: Sequence[object]) -> Any:  # noqa: ANN401 - scikit-learn is untyped
    """Fit a multinomial logistic regression, run until it settles."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10.0, max_iter=1_000, random_state=SEED).fit(vectors, list(labels))


def embedded_logistic(embed: Embed, texts: Sequence[str], labels: Sequence[str]) -> Callable[[Sequence[str]], Scores]:
    """Fit a logistic regression over sentence vectors."""
    model = logistic(embed(texts), labels)

    def score(asked: Sequence[str]) -> Scores:
        found = np.asarray(model.predict_proba(embed(asked)), dtype=np.float64)
        return Scores(tuple(map(str, model.classes_)), found)

    return score


def langdetect_code(text: str) -> str | None:
    """Name the language with langdetect, seeded as the naive pipeline seeds it; None where it finds no feature."""
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    try:
        return str(detect(text)).partition("-")[0]
    except LangDetectException:
        return None


@lru_cache(maxsize=1)
def _lingua(codes: tuple[str, ...]) -> Any:  # noqa: ANN401 - an optional package
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    known = [getattr(IsoCode639_1, code.upper()) for code in codes]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*known).with_preloaded_language_models().build()


def lingua_code(text: str, codes: tuple[str, ...]) -> str | None:
    """Name the language with lingua, which is told that there are no others than `codes`."""
    found = _lingua(codes).detect_language_of(text)
    return None if found is None else str(found.iso_code_639_1.name).lower()
