"""Keeps the index of the search up to date: takes over changes, encodes, merges, finds clusters, writes files."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

import numpy as np
import structlog

from knowledge_base.changing import started, swapped, with_changes, worth_merging
from knowledge_base.dense import EXACT_UP_TO, ClusteredVectors, ExactVectors
from knowledge_base.index import SearchIndex
from knowledge_base.segment_files import SegmentFiles
from knowledge_base.segments import Segment
from knowledge_base.vectors import VectorCache, passage_digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from knowledge_base.index import Partition
    from knowledge_base.segments import IndexedArticle
    from knowledge_base.vectors import Encoder, Progress

# So many new passages are encoded while the import waits (about a second), and at a time in the background.
_AT_ONCE = 128
# The vectors of so many passages are shown before all are encoded; then always when there are twice as many.
_SHOWN_EARLY = 2_048
_CLOSING_S = 5.0
# Some texts have no vector at all, and what is gone has none either.
_MOST_BLANK = 0.3
_log = structlog.get_logger(__name__)


class PassageSource(Protocol):
    """Where the passages come from: the database, through `ArticleStore`."""

    def generation(self) -> str:
        """Give the name of the present state, another one after every change; cheap."""
        ...

    def changed_since(self, generation: str) -> Collection[int] | None:
        """Give the keys of the articles that changed since, None where that is not known any more."""
        ...

    def articles(self, keys: Collection[int] | None = None) -> Iterable[IndexedArticle]:
        """Give the articles of these keys that there are, or all."""
        ...


class Upkeep:
    """Holds the index that is searched. It is never changed, only replaced as a whole.

    Args:
        store: Where the articles come from.
        encoder: Makes the vectors of passages.
        encoder_digest: Names the encoder.
        folder: Where files are kept over a restart; None keeps none.
        background: Whether a thread of its own encodes many new passages, merges segments and finds clusters;
            otherwise a refresh takes as long as the first two do, and there are no new clusters.
        progress: Is told how far a refresh is that encodes itself.

    """

    def __init__(
        self,
        store: PassageSource,
        encoder: Encoder,
        *,
        encoder_digest: str,
        folder: Path | None,
        background: bool,
        progress: Progress | None = None,
    ) -> None:
        self._store = store
        self._cache = VectorCache(folder, encoder, encoder_digest)
        self._files = SegmentFiles(folder, self._cache, encoder_digest)
        self._background = background
        self._progress = progress
        self._index: SearchIndex | None = None
        self._refreshing = threading.Lock()
        self._publishing = threading.Lock()
        self._closed = threading.Event()
        self._worker = threading.Condition()
        self._thread: threading.Thread | None = None
        self._due = False
        self._pending = 0

    @property
    def index(self) -> SearchIndex | None:
        """Give the index as it stands; None before the first refresh."""
        return self._index

    @property
    def pending(self) -> int:
        """Count the passages that are still to be encoded: until then these are found by their words alone."""
        return self._pending

    @property
    def busy(self) -> bool:
        """Tell whether something is done in the background."""
        return self._thread is not None

    def refresh(self) -> bool:
        """Take over what changed in the database; tell whether anything did. Costs one small query where nothing did.

        A second thread waits for the first only where there is no index yet.
        """
        index = self._index
        if index is not None and index.generation == self._store.generation():
            return False
        if not self._refreshing.acquire(blocking=index is None):
            return False
        try:
            return self._take_over()
        finally:
            self._refreshing.release()

    def adopt(self, path: Path) -> int:
        """Take over vectors that lie beside articles; tell how many were new."""
        return self._cache.adopt(path)

    def close(self) -> None:
        """Stop what runs in the background; what is left is done after the next start."""
        self._closed.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_CLOSING_S)

    def _take_over(self) -> bool:
        # The generation is read first: a change that comes in between is seen again, never missed.
        generation = self._store.generation()
        index = self._index
        if index is not None and index.generation == generation:
            return False
        if index is None:
            self._first(generation)
        else:
            keys = self._store.changed_since(index.generation)
            changed = (keys, list(self._store.articles(keys))) if keys is not None else None
            gone, come = changed or _difference(index, self._store.articles())
            self._provide(come)
            self._change(index, generation, gone, come)
        self._wake()
        return True

    def _first(self, generation: str) -> None:
        articles = list(self._store.articles())
        self._cache.keep_only({digest for article in articles for digest in article.texts})
        self._provide(articles)
        loaded = started(self._files.load(articles), generation)
        gone, come = _difference(loaded, articles)
        # It is shown only once it is whole.
        self._change(loaded, generation, gone, come)

    def _provide(self, articles: Sequence[IndexedArticle]) -> None:
        """Encode what is new, unless that is so much that it is left to the background."""
        missing = {
            digest: entry.spoken
            for article in articles
            for digest, entry in zip(article.texts, article.entries, strict=True)
            if not self._cache.holds(digest)
        }
        if self._background and len(missing) > _AT_ONCE:
            self._pending += len(missing)
        else:
            self._cache.encode(missing, self._progress)

    def _change(
        self, index: SearchIndex, generation: str, gone: Collection[int], come: Sequence[IndexedArticle]
    ) -> None:
        """Publish an index with changes; what the background published meanwhile counts more than the one given."""
        with self._publishing:
            self._index = with_changes(self._index or index, generation, gone, come, self._vectors)
        _log.info("search_index_changed", generation=generation, gone=len(gone), come=len(come), size=self._index.size)

    def _vectors(self, articles: Sequence[IndexedArticle]) -> NDArray[np.float32]:
        return self._cache.vectors([digest for article in articles for digest in article.texts])

    def _wake(self) -> None:
        """Have done what can wait: by a thread that ends when nothing is left, or here and now."""
        if not self._background:
            self._tidy()
            return
        with self._worker:
            self._due = True
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._work, name="search-upkeep", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            with self._worker:
                if not self._due or self._closed.is_set():
                    self._thread = None
                    return
                self._due = False
            # An encoder that fails keeps no segment from being merged and written.
            for step in (self._encode, self._tidy):
                try:
                    step()
                except Exception:  # noqa: BLE001 - whatever went wrong, what there is goes on being searched
                    _log.exception("search_upkeep_failed", remedy="it is tried again after the next change")
                self._pending = 0

    def _encode(self) -> None:
        """Encode what has no vector yet."""
        texts = {passage_digest(text): text for _, _, held in self._blank() for text in held.values()}
        missing = [(digest, text) for digest, text in texts.items() if not self._cache.holds(digest)]
        self._pending = len(missing)
        shown = 0
        for start in range(0, len(missing), _AT_ONCE):
            if self._closed.is_set():
                return
            batch = missing[start : start + _AT_ONCE]
            self._cache.encode(dict(batch))
            self._pending = len(missing) - start - len(batch)
            if start + len(batch) >= max(_SHOWN_EARLY, 2 * shown):
                shown = start + len(batch)
                self._fill()
            _log.info("passages_encoded", left=self._pending)
        self._fill()

    def _blank(self) -> Iterator[tuple[str, Segment, dict[int, str]]]:
        """Give the segments that have texts without vectors, with these."""
        for language, number, partition in self._numbered():
            segment = partition.segments[number]
            texts = segment.unencoded(partition.kept(number))
            if texts:
                yield language, segment, texts

    def _fill(self) -> None:
        """Take over the vectors that are there by now."""
        for language, segment, texts in self._blank():
            vectors = self._cache.vectors([passage_digest(text) for text in texts.values()])
            known = vectors.any(axis=1)
            if known.any():
                numbers = np.array(list(texts), dtype=np.int64)
                self._swap(language, segment, segment.with_vectors(numbers[known], vectors[known]))

    def _tidy(self) -> None:
        """Merge, find clusters, write."""
        if self._index is None:
            return
        for language in list(self._index.partitions):
            while not self._closed.is_set() and self._merge(language):
                pass
        if self._background:
            self._cluster()
        if not self._closed.is_set():
            self._files.keep([partition.segments[number] for _, number, partition in self._numbered()])

    def _merge(self, language: str) -> bool:
        """Merge the segments of a language that should be; tell whether there were any."""
        index = self._index
        partition = index.partitions.get(language) if index is not None else None
        numbers = worth_merging(partition) if partition is not None else []
        if partition is None or not numbers:
            return False
        parts = [(partition.segments[number], partition.kept(number)) for number in numbers]
        merged = Segment.merge(parts)
        with self._publishing:
            if self._index is not None:
                self._index = swapped(self._index, language, parts, merged)
        _log.info("segments_merged", language=language, segments=len(parts), passages=merged.size)
        return True

    def _cluster(self) -> None:
        """Find clusters in what is too large to be compared one by one, once it is encoded."""
        for language, number, partition in list(self._numbered()):
            segment = partition.segments[number]
            large = segment.size > EXACT_UP_TO and isinstance(segment.dense, ExactVectors)
            if not large or self._closed.is_set() or segment.dense.blank.mean() > _MOST_BLANK:
                continue
            dense = ClusteredVectors.learn(segment.dense.all())
            self._swap(language, segment, segment.with_dense(dense))
            _log.info("clusters_found", language=language, passages=segment.size, probes=dense.probes)

    def _swap(self, language: str, old: Segment, new: Segment) -> None:
        with self._publishing:
            if self._index is not None:
                every = np.ones(old.size, dtype=np.bool_)
                self._index = swapped(self._index, language, [(old, every)], new)

    def _numbered(self) -> Iterator[tuple[str, int, Partition]]:
        index = self._index
        for language, partition in index.partitions.items() if index is not None else ():
            for number in range(len(partition.segments)):
                yield language, number, partition


def _difference(index: SearchIndex, articles: Iterable[IndexedArticle]) -> tuple[Collection[int], list[IndexedArticle]]:
    """Compare all articles with those of an index: the keys that are gone or changed, and what is new or changed."""
    held: dict[int, bytes] = {}
    for partition in index.partitions.values():
        for number, segment in enumerate(partition.segments):
            alive = np.unique(segment.keys[partition.kept(number)]).tolist()
            held.update((key, segment.digests[key]) for key in alive)
    come = []
    for article in articles:
        if held.get(article.key) == article.digest:
            del held[article.key]
        else:
            come.append(article)
    return held.keys(), come
