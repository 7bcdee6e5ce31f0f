"""How long a search takes over 10,000 and 500,000 passages, what it misses, and how soon a new article is found.

The passages are made up: words as unequally frequent as in real text (Zipf) from a vocabulary of 200,000, and vectors
of unit length around topics and their subtopics. A question takes eight of its twenty words, and its direction, from a
passage. Encoding is not counted. All passages are of one language, which is the hardest case for each figure.

Beside it, in the same run and on the same words: the library bm25s, which finds by words alone, and comparing every
vector with FAISS, which finds by meaning alone.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bm25s
import faiss
import numpy as np
import structlog

from benchmarks.measuring import memory_mb
from benchmarks.report import Target
from knowledge_base.dense import ExactVectors
from knowledge_base.entries import Scope
from knowledge_base.index import Partition
from knowledge_base.records import Article, Visibility
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import ArticleStore
from knowledge_base.tokens import tokenize
from tickets.database import Database
from tickets.tables import ArticleRow, PassageRow
from tickets.tables.base import insert_into

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

DIMENSION = 384
VOCABULARY = 200_000
WORDS_A_PASSAGE, PASSAGES_AN_ARTICLE = 90, 4
WORDS_A_QUESTION, WORDS_OF_THE_PASSAGE = 20, 8
PASSAGES_A_SUBTOPIC, SUBTOPICS_A_TOPIC = 60, 20
# How far subtopics lie from their topic, passages from their subtopic and questions from their passage: the length of
# what is added to a vector of length 1.
SUBTOPIC, PASSAGE, QUESTION = 0.8, 0.9, 0.9
ADDED, JUDGED = 20, 10
_CHUNK = 20_000
_SCOPE = Scope.of(Visibility.PUBLIC, None, date(2026, 1, 1))


class TopicEncoder:
    """Gives every text a direction near one of many subtopics; it does not read the text."""

    dimension = DIMENSION

    def __init__(self, passages: int) -> None:
        self._draw = np.random.default_rng(passages)
        subtopics = max(20, passages // PASSAGES_A_SUBTOPIC)
        topics = unit(self._draw.standard_normal((max(1, subtopics // SUBTOPICS_A_TOPIC), DIMENSION)))
        self._subtopics = self.near(topics[self._draw.integers(0, len(topics), subtopics)], SUBTOPIC)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give one direction a text."""
        return self.near(self._subtopics[self._draw.integers(0, len(self._subtopics), len(texts))], PASSAGE)

    def near(self, vectors: NDArray[np.float32], distance: float) -> NDArray[np.float32]:
        """Give a direction near each of the given ones."""
        return unit(vectors + distance * unit(self._draw.standard_normal(vectors.shape)))


def unit(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Give rows the length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


class Words:
    """A vocabulary; the n-th word is drawn with a frequency of 1/n."""

    def __init__(self) -> None:
        rng = random.Random(7)  # noqa: S311 made-up texts are no secret
        words: dict[str, None] = {}
        while len(words) < VOCABULARY:
            words["".join(rng.choices("abcdefghijklmnoprstuvw", k=rng.randint(3, 9)))] = None
        self._words = list(words)
        shares = 1.0 / np.arange(1, VOCABULARY + 1)
        self._ends = np.cumsum(shares / shares.sum())
        self._draw = np.random.default_rng(1)

    def texts(self, count: int, length: int) -> list[str]:
        """Draw texts of so many words."""
        drawn = np.searchsorted(self._ends, self._draw.random((count, length))).clip(max=VOCABULARY - 1)
        return [" ".join([self._words[index] for index in row]) for row in drawn.tolist()]


def fill(database: Database, words: Words, passages: int) -> None:
    """Write articles of four passages each, without the work of an import."""
    now = datetime.now(UTC)
    with database.write() as session:
        for first in range(0, passages, _CHUNK):
            texts = words.texts(min(_CHUNK, passages - first), WORDS_A_PASSAGE)
            numbers = sorted({(first + place) // PASSAGES_AN_ARTICLE + 1 for place in range(len(texts))})
            insert_into(session, ArticleRow, [_article_row(number, now) for number in numbers])
            places = [divmod(first + place, PASSAGES_AN_ARTICLE) for place in range(len(texts))]
            rows = [
                {"article_pk": article + 1, "position": position, "heading_path": [], "text": text}
                for (article, position), text in zip(places, texts, strict=True)
            ]
            insert_into(session, PassageRow, rows)


def _article_row(number: int, now: datetime) -> dict[str, object]:
    fixed = {"language": "en", "body_markdown": "", "visibility": "public", "tags": [], "digest": "", "version": 1}
    name = {"pk": number, "article_id": f"a{number}", "title": f"Title {number}"}
    return {**name, **fixed, "updated_at": now, "deleted": False}


def open_base(folder: Path, encoder: TopicEncoder) -> tuple[KnowledgeBase, ArticleStore]:
    """Open the knowledge base as the service does."""
    store = ArticleStore(Database.open(f"sqlite:///{folder}/shop.db"))
    base = KnowledgeBase(store, encoder, encoder_digest="topics", cache_dir=folder / "index", background=True)
    return base, store


def settle(base: KnowledgeBase) -> None:
    """Wait until nothing is done in the background."""
    while base.busy:
        time.sleep(0.05)


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


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked: texts with their vectors."""

    texts: list[str]
    vectors: NDArray[np.float32]

    @classmethod
    def about(cls, partition: Partition, words: Words, encoder: TopicEncoder, count: int) -> Questions:
        """Make up questions about passages drawn at random."""
        draw = np.random.default_rng(2)
        segment = max(partition.segments, key=lambda one: one.size)
        rows = draw.integers(0, segment.size, count)
        texts = []
        for row, other in zip(rows.tolist(), words.texts(count, WORDS_A_QUESTION - WORDS_OF_THE_PASSAGE), strict=True):
            own = draw.choice(segment.entries[row].text.split(), WORDS_OF_THE_PASSAGE, replace=False)
            texts.append(" ".join([*own, other]))
        return cls(texts, encoder.near(segment.dense.all()[rows], QUESTION))


def recall(partition: Partition, asked: Questions) -> dict[str, float]:
    """Compare what clusters find with what comparing every vector finds: among the nearest ten, and after fusion."""
    exact = Partition.of(
        [one.with_dense(ExactVectors.of(one.dense.all())) for one in partition.segments], partition.gone
    )
    nearest = fused = whole = 0
    for text, vector in zip(asked.texts, asked.vectors, strict=True):
        tokens = tokenize(text, "en")
        for number, segment in enumerate(exact.segments):
            wanted = segment.dense.nearest(vector, None, JUDGED)[0]
            found = partition.segments[number].dense.nearest(vector, None, JUDGED)[0]
            nearest += len(np.intersect1d(wanted, found))
            whole += len(wanted)
        best, ours = (
            {id(one.entry) for one in some.search(tokens, vector, _SCOPE, JUDGED)} for some in (exact, partition)
        )
        fused += len(best & ours)
    return {
        "nearest_at_10": round(nearest / whole, 4),
        "fused_at_10": round(fused / (JUDGED * len(asked.texts)), 4),
    }


def added(base: KnowledgeBase, store: ArticleStore) -> dict[str, float]:
    """Time how long it takes from writing one article of four passages until a search finds it."""

    def add(number: int) -> None:
        body = "\n\n".join(f"## Part {n}?\n\n" + f"brandnew{number} words of part {n} " * 20 for n in range(4))
        store.put(Article(f"new-{number}", "en", f"New {number}", body), actor="ann")
        base.refresh()
        found = base.search(f"brandnew{number}", language="en")
        if found[0].article != f"new-{number}":
            raise SystemExit(f"new-{number} is not found")

    return timed_ms(add, ADDED)


def measure(passages: int, queries: int) -> dict[str, Any]:
    """Measure one size."""
    words, encoder = Words(), TopicEncoder(passages)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base, store = open_base(folder, encoder)
        fill(Database.open(f"sqlite:///{folder}/shop.db"), words, passages)
        store.put(Article("first", "en", "First", "It gives the knowledge base a state."), actor="ann")
        started = time.perf_counter()
        base.refresh()
        by_words_s = time.perf_counter() - started
        settle(base)
        whole_s = time.perf_counter() - started
        partition = base.partition("en")
        if partition is None or partition.encoded != partition.size:
            raise SystemExit("passages are missing")
        asked = Questions.about(partition, words, encoder, queries)
        figures = {
            "passages": passages,
            "queries": queries,
            "found_by_words_after_s": round(by_words_s, 2),
            "settled_after_s": round(whole_s, 2),
            **searches(base, partition, asked),
            "recall": recall(partition, Questions(asked.texts[:200], asked.vectors[:200])),
            "added_article": added(base, store),
        }
        settle(base)
        base.close()
        files = sum(path.stat().st_size for path in (folder / "index").iterdir())
        return {**figures, "files_mb": round(files / 1e6, 1), "restart": restarted(folder)}


def searches(base: KnowledgeBase, partition: Partition, asked: Questions) -> dict[str, Any]:
    """Time searches by words alone, by meaning alone, by comparing every vector, and whole ones."""
    count = len(asked.texts)
    everything = ExactVectors.of(np.concatenate([one.dense.all() for one in partition.segments]))

    def by_words(index: int) -> object:
        query = partition.words.query(tokenize(asked.texts[index], "en"))
        return [partition.words.best(query, number, None, 3) for number in range(len(partition.segments))]

    def by_meaning(index: int) -> object:
        return [one.dense.nearest(asked.vectors[index], None, JUDGED) for one in partition.segments]

    def whole(index: int) -> object:
        return base.search(asked.texts[index], vector=asked.vectors[index], language="en")

    library = _library(partition)

    def by_library(index: int) -> object:
        return library.retrieve([tokenize(asked.texts[index], "en")], k=JUDGED, show_progress=False, n_threads=0)

    whole(0)
    return {
        "bm25s": timed_ms(by_library, min(count, 200)),
        "bm25_only": timed_ms(by_words, count),
        "vectors_only": timed_ms(by_meaning, count),
        "every_vector": timed_ms(lambda index: everything.nearest(asked.vectors[index], None, JUDGED), min(count, 50)),
        "search": timed_ms(whole, count),
    }


def _library(partition: Partition) -> Any:  # noqa: ANN401 - the library has no types
    """Index the same words with bm25s, by the same formula."""
    numbers: dict[str, int] = {}
    texts = (entry.searched for segment in partition.segments for entry in segment.entries)
    rows = [[numbers.setdefault(word, len(numbers)) for word in tokenize(text, "en")] for text in texts]
    index = bm25s.BM25(method="lucene")
    index.index(bm25s.tokenization.Tokenized(ids=rows, vocab=numbers), show_progress=False)
    return index


def restarted(folder: Path) -> dict[str, float]:
    """Open the same folder in a new process."""
    command = [sys.executable, "-m", "benchmarks.search", "--restart", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - this program
    found: dict[str, float] = json.loads(done.stdout)
    return found


def restart(folder: Path) -> dict[str, float | None]:
    """Time how long a start takes, and what memory the index needs beyond the libraries."""
    base, _ = open_base(folder, TopicEncoder(1))
    before = memory_mb() or 0.0
    started = time.perf_counter()
    base.refresh()
    took = time.perf_counter() - started
    settle(base)
    after = memory_mb()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {
        "until_searched_s": round(took, 2),
        "memory_mb": None if after is None else round(after - before, 1),
        "peak_mb": round(peak - before, 1),
    }


def targets(sizes: list[dict[str, Any]]) -> list[dict[str, object]]:
    """Say what each size should reach."""
    found = []
    for figures in sizes:
        passages = figures["passages"]
        bound = 3.0 if passages <= 10_000 else 10.0
        name = f"{passages:,} passages"
        found += [
            Target(f"{name}: search p50, ms", figures["search"]["p50_ms"], bound, at_least=False),
            Target(f"{name}: recall of the nearest ten", figures["recall"]["nearest_at_10"], 0.97, at_least=True),
            Target(f"{name}: a new article found, p50 ms", figures["added_article"]["p50_ms"], 1_000.0, at_least=False),
        ]
    return [asdict(target) | {"met": target.met} for target in found]


def ratios(figures: dict[str, Any]) -> dict[str, float]:
    """Compare a whole search with our own search by words, and with bm25s and FAISS asked one after the other."""
    passages, took = figures["passages"], figures["search"]["processor_p50_ms"]
    usual = figures["bm25s"]["processor_p50_ms"] + figures["every_vector"]["processor_p50_ms"]
    return {
        f"search_to_bm25_{passages}": round(took / figures["bm25_only"]["processor_p50_ms"], 2),
        f"search_to_bm25s_and_every_vector_{passages}": round(took / usual, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 500_000])
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--restart", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    faiss.omp_set_num_threads(1)
    if arguments.restart:
        print(json.dumps(restart(arguments.restart)))
        return
    sizes = [measure(passages, arguments.queries) for passages in arguments.passages]
    ratio = {name: value for one in sizes for name, value in ratios(one).items()}
    figures = {str(one["passages"]): one for one in sizes}
    print(json.dumps({"figures": figures, "ratios": ratio, "targets": targets(sizes)}, indent=2))


if __name__ == "__main__":
    main()
