"""Segments on disk, so that a restart need neither read every word again nor find clusters again.

A file says which articles it holds, by their digests, and is used for those that the database holds still. So files
need no list of what belongs together: one that is missing, damaged, left over or written twice changes nothing but how
long a start takes.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import Stemmer
import structlog

from knowledge_base.cache_file import read_arrays, write_arrays
from knowledge_base.dense import ClusteredVectors, ExactVectors, HalfVectors
from knowledge_base.entries import Entry
from knowledge_base.known_questions import AskedWords
from knowledge_base.lexical import LexicalSegment
from knowledge_base.records import Visibility
from knowledge_base.segments import IndexedArticle, Parts, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from knowledge_base.dense import DenseSegment
    from knowledge_base.vectors import VectorCache

# To be raised whenever words are read in another way, or what is written changes.
_VERSION = "6"
_WORDS, _CLUSTERS = "words", "clusters"
# The vectors of so many texts are read at a time.
_PART = 2_048
# Below this share of articles that are still there a file is not worth its gaps.
_LEAST_SHARE = 0.7
# They stand where an article was that is gone; they are never found.
_GONE = Entry("", "", "", Visibility.INTERNAL, "")
_GONE_QUESTION = replace(_GONE, asks=True)
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
        self._clustered = f"{_VERSION} {encoder_digest}"
        self._names: dict[int, tuple[Segment, str]] = {}
        # Files that were read or written here, so neither damaged nor of another version.
        self._sound: set[str] = set()

    def load(self, articles: Iterable[IndexedArticle]) -> list[tuple[Segment, NDArray[np.bool_]]]:
        """Read the segments that hold some of the articles, each with a mask of the passages that are still there.

        No article is in two of them.
        """
        if self._folder is None or not self._folder.is_dir():
            return []
        left = {article.digest: article for article in articles}
        loaded = []
        for path in sorted(self._folder.glob(f"{_WORDS}-*"), key=_size, reverse=True):
            arrays = self._read(path, _key(path))
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
            if self._lacks(path):
                write_arrays(path, _key(path), _words(segment))
            if isinstance(segment.dense, ClusteredVectors):
                clusters = self._clusters(path)
                wanted.add(clusters.name)
                if self._lacks(clusters):
                    write_arrays(clusters, self._clustered, _clusters(segment.dense))
        self._names = names
        for path in [*self._folder.glob(f"{_WORDS}-*"), *self._folder.glob(f"{_CLUSTERS}-*")]:
            if path.name not in wanted:
                path.unlink(missing_ok=True)
        self._sound &= wanted

    def _read(self, path: Path, key: str) -> dict[str, NDArray[Any]] | None:
        arrays = read_arrays(path, key)
        if arrays is not None:
            self._sound.add(path.name)
        return arrays

    def _lacks(self, path: Path) -> bool:
        """Tell whether a file is to be written, and take it as written from now on."""
        if path.name in self._sound and path.exists():
            return False
        self._sound.add(path.name)
        return True

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
        sizes = arrays["sizes"]
        found = [left.get(name) for name in names]
        kept = np.repeat(np.array([article is not None for article in found], dtype=np.bool_), sizes)
        if not len(kept) or kept.mean() < _LEAST_SHARE:
            return None
        # Numbers of the database begin at 1: one below stands for an article that is gone.
        numbers = zip(sizes.tolist(), arrays["asked_sizes"].tolist(), strict=True)
        articles = [
            article or IndexedArticle(-1 - place, (*(_GONE,) * passages, *(_GONE_QUESTION,) * questions))
            for place, (article, (passages, questions)) in enumerate(zip(found, numbers, strict=True))
        ]
        vocabulary = _numbered(arrays["vocabulary"])
        lexical = LexicalSegment.of(vocabulary, arrays["rows"], arrays["counts"], arrays["starts"], arrays["lengths"])
        asked = AskedWords(_numbered(arrays["asked_vocabulary"]), arrays["asked_words"], arrays["asked_starts"])
        texts = _texts(articles, asking=False)
        questions = HalfVectors.of(map(self._cache.vectors, _in_parts(_texts(articles, asking=True))))
        return Segment.of(articles, Parts(lexical, self._dense(path, texts), questions, asked), names), kept

    def _dense(self, path: Path, texts: Sequence[bytes]) -> DenseSegment:
        arrays = self._read(self._clusters(path), self._clustered)
        if arrays is not None:
            return ClusteredVectors.read(arrays["index"], arrays["blank"].astype(np.bool_), int(arrays["probes"][0]))
        return ExactVectors.of(self._cache.vectors(texts))


def _texts(articles: Iterable[IndexedArticle], *, asking: bool) -> list[bytes]:
    """Name the texts of the passages of articles, or of the questions that they name."""
    return [
        digest
        for article in articles
        for entry, digest in zip(article.entries, article.texts, strict=True)
        if entry.asks is asking
    ]


def _in_parts(texts: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (texts[start : start + _PART] for start in range(0, len(texts), _PART))


def _numbered(words: NDArray[np.uint8]) -> dict[str, int]:
    named = words.tobytes().decode().split("\n") if words.size else []
    return {word: number for number, word in enumerate(named)}


def _blob(words: Iterable[str]) -> NDArray[np.uint8]:
    """Write words in the order of their numbers; none holds a line end."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _words(segment: Segment) -> dict[str, NDArray[Any]]:
    lexical = segment.lexical
    asked = segment.questions.words
    firsts = np.flatnonzero(np.diff(segment.keys, prepend=segment.keys[0] - 1))
    ordered = [segment.digests[key] for key in segment.keys[firsts].tolist()]
    return {
        "vocabulary": _blob(lexical.vocabulary),
        "rows": lexical.rows,
        "counts": lexical.counts,
        "starts": lexical.starts,
        "lengths": lexical.lengths,
        "asked_sizes": np.bincount(segment.questions.rows, minlength=segment.size)[firsts],
        "asked_vocabulary": _blob(asked.vocabulary),
        "asked_words": asked.numbers,
        "asked_starts": asked.starts,
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
