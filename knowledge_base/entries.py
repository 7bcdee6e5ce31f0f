"""Passages as search sees them, and who may see which."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from knowledge_base.records import Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

_FIRST_DAY, _LAST_DAY = 1, 3_652_059
_QUESTION_SIGNS = ("?", "？", "؟")


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage with all that search needs to know of its article; `tags` are found, but not shown.

    Where `asks` is set it is no passage but a way to ask what the article answers: that is compared, and never shown.
    Where `denies` is set too it is a negative question: it only sounds as if the article answered it.
    """

    article: str
    title: str
    language: str
    visibility: Visibility
    text: str
    heading_path: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    brand: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    translation_of: str | None = None
    market: str | None = None
    asks: bool = False
    denies: bool = False

    def asking(self, text: str, *, denies: bool = False) -> Entry:
        """Make a question that the same article names."""
        # There are thousands, and `dataclasses.replace` takes three times as long.
        kept = self.tags, self.brand, self.valid_from, self.valid_until, self.translation_of, self.market
        return Entry(
            self.article, self.title, self.language, self.visibility, text, (), *kept, asks=True, denies=denies
        )

    @property
    def original(self) -> str:
        """Give the id that an article has in common with its translations."""
        return self.translation_of or self.article

    @property
    def readers(self) -> tuple[object, ...]:
        """Tell who may read it, and when."""
        return self.visibility, self.brand, self.market, self.valid_from, self.valid_until

    @property
    def spoken(self) -> str:
        """Give the text that is encoded: title and headings say what the passage is about."""
        if self.asks:
            return self.text
        return ". ".join((self.title, *self.heading_path)) + "\n" + self.text

    @property
    def shown(self) -> str:
        """Give the text that people read: a question in the heading stands above its answer."""
        asked = self.heading_path and self.heading_path[-1].endswith(_QUESTION_SIGNS)
        return f"{self.heading_path[-1]}\n{self.text}" if asked else self.text

    @property
    def searched(self) -> str:
        """Give the text whose words are found; questions are in any language, and found by their meaning."""
        if self.asks:
            return ""
        return "\n".join((self.spoken, *self.tags))


class Scope(NamedTuple):
    """Who asks, and when: what they may not see is not searched."""

    visibility: Visibility
    brand: str | None
    today: int
    market: str | None = None

    @classmethod
    def of(cls, visibility: Visibility, brand: str | None, today: date, market: str | None = None) -> Scope:
        """Make the scope of a question asked on the given day; brand and market are None where they are not known."""
        return cls(visibility, _folded(brand), today.toordinal(), _folded(market))


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """What each passage is only for, as a column: a number of `names`, -1 where it is for all."""

    numbers: NDArray[np.int32]
    names: tuple[str, ...]

    @classmethod
    def of(cls, given: Sequence[str | None]) -> Names:
        """Number the names as they come; case does not matter."""
        known: dict[str, int] = {}
        numbers = [-1 if name is None else known.setdefault(name.casefold(), len(known)) for name in given]
        return cls(np.array(numbers, dtype=np.int32), tuple(known))

    def serve(self, name: str) -> NDArray[np.bool_]:
        """Tell which passages are for this name, or for all."""
        wanted = self.names.index(name) if name in self.names else -1
        return np.asarray((self.numbers == -1) | (self.numbers == wanted), dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """Who may see each passage, as columns."""

    internal: NDArray[np.bool_]
    begins: NDArray[np.int32]
    ends: NDArray[np.int32]
    brands: Names
    markets: Names

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Filters:
        """Read them from the passages."""
        rows = [
            (
                entry.visibility is Visibility.INTERNAL,
                entry.valid_from.toordinal() if entry.valid_from else _FIRST_DAY,
                entry.valid_until.toordinal() if entry.valid_until else _LAST_DAY,
            )
            for entry in entries
        ]
        columns = np.array(rows, dtype=np.int32).reshape(-1, 3)
        internal, begins, ends = np.ascontiguousarray(columns.T)
        brands, markets = Names.of([one.brand for one in entries]), Names.of([one.market for one in entries])
        return cls(internal.astype(np.bool_), begins, ends, brands, markets)

    def allowed(self, scope: Scope) -> NDArray[np.bool_]:
        """Tell which passages may be seen."""
        seen = (self.begins <= scope.today) & (self.ends >= scope.today)
        if scope.visibility is not Visibility.INTERNAL:
            seen &= ~self.internal
        for wanted, column in ((scope.brand, self.brands), (scope.market, self.markets)):
            if wanted is not None:
                seen &= column.serve(wanted)
        return seen


@dataclass(frozen=True, slots=True, eq=False)
class Tags:
    """The tags of each passage, as a column: a number of `sets`; passages of one article share theirs."""

    numbers: NDArray[np.int32]
    sets: tuple[frozenset[str], ...]
    _holders: dict[str, NDArray[np.int64]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Tags:
        """Number the sets of tags as they come."""
        known: dict[tuple[str, ...], int] = {}
        numbers = [known.setdefault(entry.tags, len(known)) for entry in entries]
        return cls(np.array(numbers, dtype=np.int32), tuple(map(frozenset, known)))

    def likeliest(self, topics: Mapping[str, float]) -> NDArray[np.float64]:
        """Give, for each set of tags, the probability of the likeliest topic in it; shape (sets,)."""
        likely = np.zeros(len(self.sets))
        for topic in sorted(topics, key=topics.__getitem__):
            likely[self._held(topic)] = topics[topic]
        return likely

    def _held(self, tag: str) -> NDArray[np.int64]:
        """Give the sets that hold a tag; kept, for questions are about few topics."""
        held = self._holders.get(tag)
        if held is None:
            held = self._holders[tag] = np.flatnonzero([tag in one for one in self.sets])
        return held


def _folded(name: str | None) -> str | None:
    return name.casefold() if name else None
