"""How long a search takes over 10,000 passages, beside BM25 alone; encoding is not counted.

Run it on one core: `taskset -c 0 python benchmarks/search.py`. The ratio is what other machines can be compared by.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np

from knowledge_base.index import Entry
from knowledge_base.lexical import best
from knowledge_base.records import Visibility
from knowledge_base.search import KnowledgeBase
from knowledge_base.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

DIMENSION = 256
WORDS_A_PASSAGE = 90
VOCABULARY = 20_000


@dataclass(frozen=True, slots=True)
class RandomEncoder:
    """Gives every text a random direction: how long a search takes does not hang on what the vectors mean."""

    dimension: int = DIMENSION

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give one random direction a text."""
        vectors = np.random.default_rng(len(texts)).standard_normal((len(texts), self.dimension), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


@dataclass(frozen=True, slots=True)
class Passages:
    """Made-up passages whose words are as unequally frequent as in real text (Zipf)."""

    items: tuple[Entry, ...]

    def generation(self) -> str:
        """Never change."""
        return "1"

    def entries(self) -> Sequence[Entry]:
        """Give all passages."""
        return self.items


def make_words(rng: random.Random) -> list[str]:
    """Make distinct words of three to nine letters."""
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        words["".join(rng.choices("abcdefghijklmnoprstuvw", k=rng.randint(3, 9)))] = None
    return list(words)


def make_texts(words: list[str], count: int, length: int, seed: int) -> list[str]:
    """Draw texts; the n-th word is drawn with a frequency of 1/n."""
    rng = np.random.default_rng(seed)
    weights = 1.0 / np.arange(1, len(words) + 1)
    drawn = rng.choice(len(words), size=(count, length), p=weights / weights.sum())
    return [" ".join(words[index] for index in row) for row in drawn]


def timed_ms(work: Callable[[int], object], rounds: int) -> dict[str, float]:
    """Time every call, in milliseconds: by the clock, and as processor time, which other programs disturb less."""
    wall, processor = [], []
    for index in range(rounds):
        started, used = time.perf_counter(), time.thread_time()
        work(index)
        processor.append((time.thread_time() - used) * 1e3)
        wall.append((time.perf_counter() - started) * 1e3)
    return {
        "p50_ms": round(statistics.median(wall), 3),
        "p99_ms": round(sorted(wall)[int(rounds * 0.99)], 3),
        "processor_p50_ms": round(statistics.median(processor), 3),
    }


def timed_start(items: tuple[Entry, ...], encoder: RandomEncoder, folder: Path) -> tuple[float, KnowledgeBase]:
    """Time how long the index takes from the passages to the first search; seconds."""
    base = KnowledgeBase(Passages(items), encoder, encoder_digest="random", cache_dir=folder)
    start = time.perf_counter()
    base.refresh()
    return time.perf_counter() - start, base


def measure(passages: int, queries: int) -> dict[str, object]:
    faiss.omp_set_num_threads(1)
    words = make_words(random.Random(7))  # noqa: S311 made-up texts are no secret
    texts = make_texts(words, passages, WORDS_A_PASSAGE, 1)
    items = tuple(Entry(f"a{i // 4}", f"Title {i}", "en", Visibility.PUBLIC, text) for i, text in enumerate(texts))
    encoder = RandomEncoder()
    with tempfile.TemporaryDirectory() as folder:
        build_s, _ = timed_start(items, encoder, Path(folder))
        restart_s, base = timed_start(items, encoder, Path(folder))
    asked = make_texts(words, queries, 20, 2)
    vectors = encoder.encode(asked)
    partition = base.partition("en")
    if partition is None:
        raise SystemExit("no passages")
    lexical = partition.lexical

    def bm25_only(index: int) -> object:
        return best(lexical.score(tokenize(asked[index], "en")).scores, None, 3)

    def hybrid(index: int) -> object:
        return base.search(asked[index], vector=vectors[index], language="en")

    hybrid(0)
    alone, fused = timed_ms(bm25_only, queries), timed_ms(hybrid, queries)
    return {
        "passages": passages,
        "queries": queries,
        "build_s": round(build_s, 2),
        "restart_s": round(restart_s, 2),
        "bm25_only": alone,
        "hybrid": fused,
        "ratio_p50": round(fused["processor_p50_ms"] / alone["processor_p50_ms"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=500)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.passages, arguments.queries), indent=2))


if __name__ == "__main__":
    main()
