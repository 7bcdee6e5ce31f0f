"""Search: in the question's language and in English, then in the rest; the likeliest answer first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from knowledge_base.entries import Entry, Scope
from knowledge_base.records import Visibility
from knowledge_base.scoring import AnswerScore
from knowledge_base.upkeep import PassageSource, Upkeep
from knowledge_base.weighing import Considered, Question, find, find_by_meaning, tiers, weigh
from tickets.errors import InvalidInputError, UnavailableError
from tickets.orders import utc_today
from tickets.records import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from knowledge_base.index import Partition, SearchIndex
    from knowledge_base.vectors import Encoder, Progress

__all__ = ["KnowledgeBase", "PassageSource"]

MAX_QUERY_CHARS = 2_000
MAX_LIMIT = 50
MAX_PER_ARTICLE = 2
# From this probability on there is no need to look into further languages.
ENOUGH = 0.25


class KnowledgeBase:
    """The search over all articles. Threads may share it: an index is never changed, only replaced as a whole.

    Args:
        store: Where the passages come from.
        encoder: Turns questions and passages into vectors.
        encoder_digest: Names the encoder; vectors of another one are never used.
        cache_dir: Where vectors and the inverted files are kept over a restart; None keeps none.
        score: Turns the signs of a match into a probability; the shipped parameters where left out.
        background: Whether many new passages are found by their words at once while a thread of its own encodes
            them, merges segments and finds clusters; otherwise a refresh takes as long as the first two do, and all
            vectors are compared.
        today: The day on which articles are valid or not; a shop far from Greenwich gives its own.
        progress: Is told how far a refresh is that encodes itself.

    """

    def __init__(  # noqa: PLR0913 - what it is built from, once
        self,
        store: PassageSource,
        encoder: Encoder,
        *,
        encoder_digest: str,
        cache_dir: Path | None,
        score: AnswerScore | None = None,
        background: bool = False,
        today: Callable[[], date] = utc_today,
        progress: Progress | None = None,
    ) -> None:
        self._encoder = encoder
        self._upkeep = Upkeep(
            store,
            encoder,
            encoder_digest=encoder_digest,
            folder=cache_dir,
            background=background,
            progress=progress,
        )
        self._score = score or AnswerScore.shipped()
        self._today = today

    def refresh(self) -> bool:
        """Take over what changed in the database; tell whether anything did. Costs one small query where nothing did.

        Searches that run meanwhile use the old index to their end. A second thread waits for the first only where
        there is no index yet.
        """
        return self._upkeep.refresh()

    def adopt(self, path: Path) -> int:
        """Take over vectors that go with articles (`vectors.write_vectors`), before these are first searched.

        Those of another encoder are left: what has no vector is encoded, as ever.

        Returns:
            How many were new.

        """
        return self._upkeep.adopt(path)

    def close(self) -> None:
        """Stop what runs in the background; what is left is done after the next start."""
        self._upkeep.close()

    @property
    def encoding(self) -> bool:
        """Whether passages are still being encoded: until then these are found by their words alone."""
        return self._upkeep.pending > 0

    @property
    def pending(self) -> int:
        """Count the passages that are still to be encoded."""
        return self._upkeep.pending

    @property
    def busy(self) -> bool:
        """Whether anything is done in the background: encoding, merging, finding clusters, writing files."""
        return self._upkeep.busy

    @property
    def size(self) -> int:
        """Count the passages that are searched."""
        return self._loaded().size

    def partition(self, language: str) -> Partition | None:
        """Give the index of one language, for measuring; None where it has no passages."""
        return self._loaded().partitions.get(language)

    def search(  # noqa: PLR0913 - each one narrows the search in its own way
        self,
        query: str,
        *,
        vector: NDArray[np.float32] | None = None,
        language: str | None = None,
        visibility: Visibility = Visibility.PUBLIC,
        brand: str | None = None,
        market: str | None = None,
        topics: Mapping[str, float] | None = None,
        limit: int = 3,
    ) -> list[Answer]:
        """Find the passages that may answer a question.

        The likeliest come first, in the question's language or in English; where these have no likely answer, the
        other languages are searched by meaning. Where a passage of another language fits and its article exists in the
        question's language too, cut into as many passages, that translation is shown instead. An article is not shown
        again in a second language, and with two passages at most. Expired articles, and those that are not valid yet,
        are never found.

        Args:
            query: The customer's words; the first 2,000 characters are read.
            vector: The query's vector, shape (dimension,), where the caller has it; else the query is encoded.
            language: ISO 639-1 code of the question; None or "und" treats all languages alike.
            visibility: PUBLIC for customers and chatbots; INTERNAL shows the shop's people everything.
            brand: Articles of this brand and of none are searched; None searches all.
            market: Articles for this country and for all are searched, as DE; None searches all.
            topics: What the question is about: intents with their probabilities. An article tagged with one gains.
            limit: How many passages, 50 at most.

        Raises:
            InvalidInputError: The vector does not belong to this encoder, or the limit is out of range.

        """
        if not 0 <= limit <= MAX_LIMIT:
            raise InvalidInputError(f"limit {limit} must be between 0 and {MAX_LIMIT}", field="limit")
        if limit == 0 or not query.strip():
            return []
        scope = Scope.of(visibility, brand, self._today(), market)
        index = self._loaded()
        question = self._question(query, vector, scope, language, topics)
        groups = tiers(index, question.language)
        found = find(index, groups[0] if groups else (), question)
        hits = self._hits(weigh(index, question, found))
        if len(groups) > 1 and (len(hits) < limit or hits[0].score < ENOUGH):
            hits = self._hits(weigh(index, question, found.also(find_by_meaning(index, groups[1], question))))
        return [hit.answer() for hit in _pick((_translated(index, hit, question) for hit in hits), limit)]

    def consider(
        self,
        query: str,
        *,
        vector: NDArray[np.float32] | None = None,
        language: str | None = None,
        brand: str | None = None,
        topics: Mapping[str, float] | None = None,
    ) -> Considered:
        """Give the public passages that a question is answered from, with their signs: for learning and measuring."""
        index = self._loaded()
        scope = Scope.of(Visibility.PUBLIC, brand, self._today())
        question = self._question(query, vector, scope, language, topics)
        return weigh(index, question, find(index, next(iter(tiers(index, question.language)), []), question))

    def _question(
        self,
        query: str,
        vector: NDArray[np.float32] | None,
        scope: Scope,
        language: str | None,
        topics: Mapping[str, float] | None,
    ) -> Question:
        # Half of a surrogate pair is no character: tokenizers refuse it.
        text = query[:MAX_QUERY_CHARS].encode("utf-8", "replace").decode()
        return Question(text, self._vector(text, vector), scope, _known(language), topics or {})

    def _hits(self, considered: Considered) -> list[_Hit]:
        """Score passages; the best first."""
        scores = self._score.probabilities(considered.signs, considered.articles, considered.grounds)
        hits = [_Hit(score, entry) for score, entry in zip(scores.tolist(), considered.entries, strict=True)]
        return sorted(hits, key=lambda hit: -hit.score)

    def _vector(self, query: str, vector: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Give the query's vector at unit length; zeros where it says nothing."""
        given = self._encoder.encode([query])[0] if vector is None else vector
        if given.shape != (self._encoder.dimension,):
            raise InvalidInputError(
                f"a vector of shape {given.shape} does not fit an encoder of {self._encoder.dimension} dimensions",
                field="vector",
                hint="search with the encoder that the index was built with",
            )
        length = float(np.linalg.norm(given))
        if not np.isfinite(length) or length == 0.0:
            return np.zeros(self._encoder.dimension, dtype=np.float32)
        return np.ascontiguousarray(given / length, dtype=np.float32)

    def _loaded(self) -> SearchIndex:
        if self._upkeep.index is None:
            self.refresh()
        index = self._upkeep.index
        if index is None:
            raise UnavailableError("the search index could not be built", hint="see the log for the reason")
        return index


class _Hit(NamedTuple):
    """A passage with its score; few of them are shown, so only those become answers."""

    score: float
    entry: Entry

    def answer(self) -> Answer:
        """Give it as people read it."""
        entry = self.entry
        return Answer(entry.article, entry.title, entry.shown, self.score, entry.language, entry.visibility.value)


def _known(language: str | None) -> str | None:
    """Bring a language to its two-letter code; None where it is not known."""
    code = (language or "und").lower().replace("_", "-").split("-", 1)[0]
    return None if code == "und" else code


def _translated(index: SearchIndex, hit: _Hit, question: Question) -> _Hit:
    """Give a passage that fits in the question's language, where its article is translated passage by passage.

    The translation answers as well as the passage does; its own score may be lower only because words and vectors of
    two languages fit less well.
    """
    own = index.partitions.get(question.language or "")
    if own is None or hit.entry.language == question.language:
        return hit
    translation = own.article(hit.entry.original, question.scope)
    passages = index.partitions[hit.entry.language].article(hit.entry.original, question.scope)
    place = next((number for number, entry in enumerate(passages) if entry is hit.entry), None)
    if place is None or len(translation) != len(passages):
        return hit
    return _Hit(hit.score, translation[place])


def _pick(hits: Iterable[_Hit], limit: int) -> list[_Hit]:
    """Take the best answers: an article in one language, and with few passages only."""
    picked: list[_Hit] = []
    shown: dict[str, list[Entry]] = {}
    for hit in hits:
        if len(picked) == limit:
            break
        others = shown.setdefault(hit.entry.original, [])
        fitting = all(other.language == hit.entry.language and other is not hit.entry for other in others)
        if len(others) < MAX_PER_ARTICLE and fitting:
            others.append(hit.entry)
            picked.append(hit)
    return picked
