"""The vectors that lie beside the sample shop's articles."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.search import KnowledgeBase
from knowledge_base.vectors import VectorCache, passage_digest
from models.bundle import Bundle
from training.fit.vectors import Recorder
from training.judged import SHOP_ARTICLES, SHOP_VECTORS, Held, indexed, shop_articles

pytestmark = pytest.mark.skipif(not SHOP_ARTICLES.is_dir(), reason="the sample shop is no part of a wheel")
ANEW = "run `python -m training.fit.vectors`"


def test_nothing_of_the_sample_shop_is_left_to_encode() -> None:
    bundle = Bundle.load(Bundle.default_path())
    recorder = Recorder(bundle.encoder)
    source = Held(indexed(shop_articles()))
    base = KnowledgeBase(source, recorder, encoder_digest=bundle.digest, cache_dir=None)
    assert base.adopt(SHOP_VECTORS) > 0, ANEW
    base.refresh()
    assert not recorder.made, ANEW


def test_they_are_what_the_encoder_makes() -> None:
    bundle = Bundle.load(Bundle.default_path())
    texts = [text for article in shop_articles()[::25] for text in article.questions[:3]]
    cache = VectorCache(None, bundle.encoder, bundle.digest)
    cache.adopt(SHOP_VECTORS)
    found, made = cache.vectors([passage_digest(text) for text in texts]), bundle.encoder.encode(texts)
    assert len(texts) > 10
    assert np.einsum("ij,ij->i", found, made).min() > 0.999, ANEW
