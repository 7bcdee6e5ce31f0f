"""The inverted file of one segment: which passages hold a word, how often, and how long they are.

Counts are kept and weights are not: BM25 weighs a word by how many passages of the whole language hold it, and that
changes with every article. So segments are never touched, and are still weighed as if they were one.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

_MAX_COUNT = 255
_NO_ROWS = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class LexicalSegment:
    """Passages (`rows`, ascending) and counts of token `t` stand at `starts[t]` to `starts[t + 1]`.

    `lengths` counts the tokens of each passage; `peaks` and `shortest` hold, for each token, the highest count and the
    shortest length among its passages: what no weight of the token can exceed follows from these two.
    """

    vocabulary: Mapping[str, int]
    rows: NDArray[np.int32]
    counts: NDArray[np.uint8]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int32]
    peaks: NDArray[np.uint8]
    shortest: NDArray[np.int32]

    @property
    def size(self) -> int:
        """Count the passages."""
        return len(self.lengths)

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]]) -> Self:
        """Index texts given as tokens; they are read one after another, and not kept."""
        vocabulary: dict[str, int] = {}
        tokens, lengths = array("i"), array("i")
        for text in texts:
            tokens.extend([vocabulary.setdefault(token, len(vocabulary)) for token in text])
            lengths.append(len(text))
        sizes = np.frombuffer(lengths, dtype=np.int32) if lengths else _NO_ROWS
        found = np.frombuffer(tokens, dtype=np.int32) if tokens else _NO_ROWS
        # One number a word of a passage: sorted, it is the inverted file.
        words = (found.astype(np.int64) << 32) + np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
        words.sort()
        firsts = np.flatnonzero(np.diff(words, prepend=-1))
        counts = np.diff(firsts, append=len(words))
        held = np.bincount(words[firsts] >> 32, minlength=len(vocabulary))
        rows = (words[firsts] & 0xFFFFFFFF).astype(np.int32)
        return cls.of(vocabulary, rows, np.minimum(counts, _MAX_COUNT).astype(np.uint8), _starts(held), sizes)

    @classmethod
    def of(
        cls,
        vocabulary: Mapping[str, int],
        rows: NDArray[np.int32],
        counts: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int32],
    ) -> Self:
        """Put the parts together; every token of the vocabulary stands in a passage at least."""
        if not len(rows):
            return cls(vocabulary, rows, counts, starts, lengths, np.zeros(0, dtype=np.uint8), _NO_ROWS)
        peaks = np.maximum.reduceat(counts, starts[:-1])
        shortest = np.minimum.reduceat(lengths[rows], starts[:-1])
        return cls(vocabulary, rows, counts, starts, lengths, peaks, shortest)

    @classmethod
    def merge(cls, parts: Sequence[tuple[LexicalSegment, NDArray[np.bool_]]]) -> Self:
        """Make one segment of several, without reading a word again.

        Args:
            parts: Segments with a mask each that says which of their passages stay; these are numbered anew, in order.

        """
        vocabulary: dict[str, int] = {}
        chosen = [_Postings.of(segment, keep, vocabulary) for segment, keep in parts]
        held = np.zeros(len(vocabulary), dtype=np.int64)
        for postings in chosen:
            held[postings.tokens] += postings.held
        starts = _starts(held)
        rows = np.empty(int(starts[-1]), dtype=np.int32)
        counts = np.empty(len(rows), dtype=np.uint8)
        filled, offset = starts[:-1].copy(), 0
        for (_, keep), postings in zip(parts, chosen, strict=True):
            places = np.repeat(filled[postings.tokens] - _starts(postings.held)[:-1], postings.held)
            places += np.arange(len(postings.rows))
            rows[places] = postings.rows + offset
            counts[places] = postings.counts
            filled[postings.tokens] += postings.held
            offset += int(keep.sum())
        lengths = [segment.lengths[keep] for segment, keep in parts]
        return cls.of(vocabulary, rows, counts, starts, np.concatenate([_NO_ROWS, *lengths]))

    def postings(self, position: int) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Give the passages that hold a token, ascending, and how often they do."""
        start, end = self.starts.item(position), self.starts.item(position + 1)
        return self.rows[start:end], self.counts[start:end]

    def held(self, position: int) -> int:
        """Count the passages that hold a token."""
        return self.starts.item(position + 1) - self.starts.item(position)


@dataclass(frozen=True, slots=True)
class _Postings:
    """What stays of a segment: for each token in order its number in the new vocabulary and its passages."""

    tokens: NDArray[np.int64]
    held: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.uint8]

    @classmethod
    def of(cls, segment: LexicalSegment, keep: NDArray[np.bool_], vocabulary: dict[str, int]) -> Self:
        """Pick the passages that stay, and enter the words that are left into the vocabulary."""
        stays = keep[segment.rows]
        ends = np.concatenate([[0], np.cumsum(stays)])
        held = ends[segment.starts[1:]] - ends[segment.starts[:-1]]
        words = [word for word, count in zip(segment.vocabulary, held.tolist(), strict=True) if count]
        numbers = np.array([vocabulary.setdefault(word, len(vocabulary)) for word in words], dtype=np.int64)
        renumbered = (np.cumsum(keep) - 1).astype(np.int32)
        return cls(numbers, held[held > 0], renumbered[segment.rows[stays]], segment.counts[stays])


def _starts(held: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(held)]).astype(np.int64)
