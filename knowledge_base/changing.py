"""How an index follows the database: articles come and go, and segments grow together. Every step gives a new index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from knowledge_base.index import Partition, SearchIndex
from knowledge_base.segments import Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from knowledge_base.segments import IndexedArticle

    Vectors = Callable[[Sequence[IndexedArticle]], NDArray[np.float32]]

# The last segment of a language takes up new articles until it is as large as this.
LIVE = 512
# Segments are merged with all that are not twice as large as what is merged already: so there are few of them, and no
# passage is copied often.
_GROWTH = 2
# A segment is written anew once this share of its passages is gone.
_MOST_GONE = 0.3


def started(parts: Iterable[tuple[Segment, NDArray[np.bool_]]], generation: str) -> SearchIndex:
    """Make an index of segments that were built before, each with a mask of the passages that are still there."""
    by_language: dict[str, list[tuple[Segment, NDArray[np.bool_]]]] = {}
    for segment, kept in parts:
        language = segment.entries[int(kept.argmax())].language
        by_language.setdefault(language, []).append((segment, kept))
    partitions = {
        language: Partition.of([one for one, _ in held], [None if kept.all() else ~kept for _, kept in held])
        for language, held in sorted(by_language.items())
    }
    return SearchIndex(generation, partitions)


def with_changes(
    index: SearchIndex, generation: str, gone: Collection[int], come: Sequence[IndexedArticle], vectors: Vectors
) -> SearchIndex:
    """Take over what changed.

    Args:
        index: What there is.
        generation: The state of the database that the result stands for.
        gone: Keys of the articles that were removed or changed.
        come: The articles that are new or changed.
        vectors: Gives the vectors of the passages of articles.

    """
    partitions = dict(index.partitions)
    for language, partition in index.partitions.items():
        partitions[language] = _without(partition, gone)
    by_language: dict[str, list[IndexedArticle]] = {}
    for article in come:
        by_language.setdefault(article.language, []).append(article)
    for language, articles in by_language.items():
        partitions[language] = _with(partitions.get(language), Segment.build(articles, vectors(articles)))
    return SearchIndex(generation, {code: partitions[code] for code in sorted(partitions) if partitions[code].size})


def worth_merging(partition: Partition) -> list[int]:
    """Give the numbers of the segments that should become one, or be written anew; none where all is well.

    The last segment is left alone while it takes up new articles.
    """
    sizes = [one.extent(partition.kept(number)) for number, one in enumerate(partition.segments)]
    wholes = [one.size + one.questions.size for one in partition.segments]
    last = len(sizes) - 1
    settled = [number for number, whole in enumerate(wholes) if number < last or whole > LIVE]
    chosen: list[int] = []
    total = 0
    for number in sorted(settled, key=lambda number: sizes[number]):
        if chosen and sizes[number] >= _GROWTH * total:
            break
        chosen.append(number)
        total += sizes[number]
    if len(chosen) > 1:
        return sorted(chosen)
    worn = [number for number in settled if sizes[number] < (1 - _MOST_GONE) * wholes[number]]
    return worn[:1]


def swapped(
    index: SearchIndex, language: str, parts: Sequence[tuple[Segment, NDArray[np.bool_]]], merged: Segment
) -> SearchIndex:
    """Put a segment in the place of those that it was made of.

    Articles that went while it was made are marked in it. Where one of its parts is gone itself, nothing is changed.

    Args:
        index: What there is by now.
        language: The language of the segment.
        parts: What it was made of, and which of their passages.
        merged: Holds just these passages, in the same order.

    """
    partition = index.partitions.get(language)
    numbers = {id(segment): number for number, segment in enumerate(partition.segments)} if partition else {}
    if partition is None or any(id(segment) not in numbers for segment, _ in parts):
        return index
    kept = np.concatenate([partition.kept(numbers[id(segment)])[mask] for segment, mask in parts])
    first, *others = sorted(numbers[id(segment)] for segment, _ in parts)
    held = list(zip(partition.segments, partition.gone, strict=True))
    held[first] = (merged, None if kept.all() else ~kept)
    held = [pair for number, pair in enumerate(held) if number not in others and (number != first or kept.any())]
    partitions = {code: one for code, one in index.partitions.items() if code != language or held}
    if held:
        partitions[language] = Partition.of([one for one, _ in held], [gone for _, gone in held], partition)
    return SearchIndex(index.generation, partitions)


def _without(partition: Partition, gone: Collection[int]) -> Partition:
    """Mark the passages of articles as gone; segments of which nothing is left are dropped."""
    keys = np.fromiter(gone, dtype=np.int64)
    masks = [np.isin(segment.keys, keys) & partition.kept(n) for n, segment in enumerate(partition.segments)]
    if not any(mask.any() for mask in masks):
        return partition
    held = []
    for number, (segment, mask) in enumerate(zip(partition.segments, masks, strict=True)):
        before = partition.gone[number]
        now = before if not mask.any() else mask if before is None else mask | before
        if now is None or not now.all():
            held.append((segment, now))
    return Partition.of([one for one, _ in held], [now for _, now in held], partition)


def _with(partition: Partition | None, new: Segment) -> Partition:
    """Add a segment; small ones grow into the last one."""
    if partition is None or not partition.segments:
        return Partition.of([new], [None])
    *others, last = range(len(partition.segments))
    kept = partition.kept(last)
    if partition.segments[last].extent(kept) + new.size + new.questions.size > LIVE:
        return Partition.of([*partition.segments, new], [*partition.gone, None])
    every = np.ones(new.size, dtype=np.bool_)
    grown = Segment.merge([(partition.segments[last], kept), (new, every)])
    segments = [partition.segments[number] for number in others]
    return Partition.of([*segments, grown], [*(partition.gone[number] for number in others), None])
