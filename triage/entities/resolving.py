"""From candidates to entities: where they overlap, the heaviest stays."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable

from tickets.records import Entity
from triage.entities.source import Candidate

MAX_ENTITIES = 1_000
"""Nobody reads more; what is given up are the lightest."""


def resolve(candidates: Iterable[Candidate]) -> tuple[Entity, ...]:
    """Return entities that do not overlap, in the order of the text."""
    kept: list[tuple[int, int, str, str]] = []
    for candidate in sorted(candidates, key=lambda item: (-item.weight, item.start, -item.end)):
        place = bisect_right(kept, (candidate.start, 1 << 60))
        before_ends = kept[place - 1][1] if place else -1
        after_starts = kept[place][0] if place < len(kept) else 1 << 60
        if before_ends <= candidate.start and candidate.end <= after_starts:
            insort(kept, (candidate.start, candidate.end, candidate.kind, candidate.value))
            if len(kept) >= MAX_ENTITIES:
                break
    return tuple(Entity(kind, value, start, end) for start, end, kind, value in kept)
