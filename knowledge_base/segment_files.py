"""Segments on disk, so that a restart need neither read every word again nor find clusters again.

A file says which articles it holds, by their digests, and is used for those that the database holds still. So files
need no list of what belongs together: one that is missing, damaged, left over or written twice changes nothing but how
long a start takes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import Stemmer
import structlog

from knowledge_base.cache_file import read_arrays, write_arrays
from knowledge_base.dense import ClusteredVectors, ExactVectors
from knowledge_base.entries import Entry
from knowledge_base.lexical import LexicalSegment
from knowledge_base.records import Visibility
from knowledge_base.segments import IndexedArticle, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from knowledge_base.dense import DenseSegment
    from knowledge_base.vectors import VectorCache

# To be raised whenever words are read in another way, or what is written changes.
_VERSION = "4"
_WORDS, _CLUSTERS = "words", "clusters"
# Below this share of articles that are still there a file is not worth its gaps.
_LEAST_SHARE = 0.7
# It stands where an article was that is gone; it is never found.
_GONE = Entry("", "", "", Visibility.INTERNAL, "")
_log = structlog.get_logger(__name__)


class SegmentFiles:
    """The folder with the segments; processes may share it.

    Args:
        folder: Where the files lie; None keeps nothing.
        cache: Holds the vectors of passages.
        encoder_digest: Names the encoder that clusters were found with.

    """

    def __init__(self, folder: Path | None, cache: VectorCache, encoder_digest: str) -> None:
        self._folder = folder
        self._cache = cache
        self._encoder_digest = encoder_digest
        self._names: dict[int, tuple[Segment, str]] = {}

    def load(self, articles: Iterable[IndexedArticle]) -> list[tuple[Segment, NDArray[np.bool_]]]:
        """Read the segments that hold some of the articles, each with a mask of the passages that are still there.

        No article is in two of them.
        """
        if self._folder is None or not self._folder.is_dir():
            return []
        left = {article.digest: article for article in articles}
        loaded = []
        for path in sorted(self._folder.glob(f"{_WORDS}-*"), key=_size, reverse=True):
            arrays = read_arrays(path, _key(path))
            segment = self._segment(path, arrays, left) if arrays is not None else None
            if segment is not None:
                loaded.append(segment)
                for digest in segment[0].digests.values():
                    left.pop(digest, None)
        return loaded

    def keep(self, segments: Iterable[Segment]) -> None:
        """Write the segments that are not on disk, and delete the files of others."""
        if self._folder is None:
            return
        names = {id(segment): (segment, self._name(segment)) for segment in segments}
        wanted = set()
        for segment, name in names.values():
            path = self._folder / f"{_WORDS}-{name}.safetensors"
            wanted.add(path.name)
            if not path.exists():
                write_arrays(path, _key(path), _words(segment))
            if isinstance(segment.dense, ClusteredVectors):
                clusters = self._clusters(path)
                wanted.add(clusters.name)
                if not clusters.exists():
                    write_arrays(clusters, self._encoder_digest, _clusters(segment.dense))
        self._names = names
        for path in [*self._folder.glob(f"{_WORDS}-*"), *self._folder.glob(f"{_CLUSTERS}-*")]:
            if path.name not in wanted:
                path.unlink(missing_ok=True)

    def _name(self, segment: Segment) -> str:
        """Name a segment by what is in it; remembered, for there are many articles in a large one."""
        known = self._names.get(id(segment))
        if known is not None and known[0] is segment:
            return known[1]
        sha = hashlib.sha256()
        for digest in segment.digests.values():
            sha.update(digest)
        return sha.hexdigest()[:32]

    def _clusters(self, path: Path) -> Path:
        encoder = hashlib.sha256(self._encoder_digest.encode()).hexdigest()[:8]
        return path.with_name(path.name.replace(_WORDS, _CLUSTERS).replace(".", f"-{encoder}.", 1))

    def _segment(
        self, path: Path, arrays: Mapping[str, NDArray[Any]], left: Mapping[bytes, IndexedArticle]
    ) -> tuple[Segment, NDArray[np.bool_]] | None:
        names = [digest.tobytes() for digest in arrays["digests"]]
        sizes = arrays["sizes"].tolist()
        found = [left.get(name) for name in names]
        kept = np.repeat(np.array([article is not None for article in found], dtype=np.bool_), sizes)
        if not len(kept) or kept.mean() < _LEAST_SHARE:
            return None
        # Numbers of the database begin at 1: one below stands for an article that is gone.
        articles = [
            article or IndexedArticle(-1 - place, (_GONE,) * size)
            for place, (article, size) in enumerate(zip(found, sizes, strict=True))
        ]
        words = arrays["vocabulary"].tobytes().decode().split("\n") if arrays["vocabulary"].size else []
        vocabulary = {word: position for position, word in enumerate(words)}
        lexical = LexicalSegment.of(vocabulary, arrays["rows"], arrays["counts"], arrays["starts"], arrays["lengths"])
        segment = Segment.of(articles, lexical, self._dense(path, articles), names)
        return segment, kept

    def _dense(self, path: Path, articles: Iterable[IndexedArticle]) -> DenseSegment:
        arrays = read_arrays(self._clusters(path), self._encoder_digest)
        if arrays is not None:
            return ClusteredVectors.read(arrays["index"], arrays["blank"].astype(np.bool_), int(arrays["probes"][0]))
        return ExactVectors.of(self._cache.vectors([digest for article in articles for digest in article.texts]))


def _words(segment: Segment) -> dict[str, NDArray[Any]]:
    lexical = segment.lexical
    firsts = np.flatnonzero(np.diff(segment.keys, prepend=segment.keys[0] - 1))
    ordered = [segment.digests[key] for key in segment.keys[firsts].tolist()]
    return {
        # Words stand in the order of their numbers, and none holds a line end.
        "vocabulary": np.frombuffer("\n".join(lexical.vocabulary).encode(), dtype=np.uint8),
        "rows": lexical.rows,
        "counts": lexical.counts,
        "starts": lexical.starts,
        "lengths": lexical.lengths,
        "digests": np.frombuffer(b"".join(ordered), dtype=np.uint8).reshape(-1, 32),
        "sizes": np.diff(firsts, append=segment.size),
    }


def _clusters(dense: ClusteredVectors) -> dict[str, NDArray[Any]]:
    return {"index": dense.written(), "blank": dense.blank.astype(np.uint8), "probes": np.array([dense.probes])}


def _key(path: Path) -> str:
    return f"{_VERSION} {Stemmer.version()} {path.name}"


def _size(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_size, path.name
    except OSError:
        return 0, path.name
