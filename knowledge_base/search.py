"""Search: the question's language first, then English, then the rest; words and meaning fused."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import structlog

from knowledge_base.index import Entry, Partition, Scope, SearchIndex
from knowledge_base.lexical_cache import LexicalCache
from knowledge_base.records import Visibility
from knowledge_base.scoring import AnswerScore, Signs
from knowledge_base.tokens import tokenize
from knowledge_base.vectors import Encoder, VectorCache, passage_digest
from tickets.errors import InvalidInputError, UnavailableError
from tickets.records import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from knowledge_base.index import Candidate

MAX_QUERY_CHARS = 2_000
MAX_LIMIT = 50
MAX_PER_ARTICLE = 2
FALLBACK_LANGUAGE = "en"
# Below this a passage of the question's language does not stand before a better one of another language.
MIN_OWN_SCORE = 0.1
_CONSIDERED = 25
# So many new passages are encoded while the import waits (about a second), and at a time in the background.
_AT_ONCE = 128
_log = structlog.get_logger(__name__)


class PassageSource(Protocol):
    """Where the passages come from: the database, through `ArticleStore`."""

    def generation(self) -> str:
        """Give the name of the present state, another one after every change; cheap."""
        ...

    def entries(self) -> Sequence[Entry]:
        """Give every passage of every article that is not deleted."""
        ...


class KnowledgeBase:
    """The search over all articles. Threads may share it: an index is never changed, only replaced as a whole.

    Args:
        store: Where the passages come from.
        encoder: Turns questions and passages into vectors.
        encoder_digest: Names the encoder; vectors of another one are never used.
        cache_dir: Where vectors and the inverted files are kept over a restart; None keeps none.
        score: Turns the signs of a match into a probability; the shipped parameters where left out.
        background: Whether many new passages are found by their words at once while a thread of its own encodes
            them; otherwise a refresh takes as long as the encoder does.

    """

    def __init__(
        self,
        store: PassageSource,
        encoder: Encoder,
        *,
        encoder_digest: str,
        cache_dir: Path | None,
        score: AnswerScore | None = None,
        background: bool = False,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._cache = VectorCache(cache_dir, encoder, encoder_digest)
        self._lexical = LexicalCache(cache_dir)
        self._score = score or AnswerScore.shipped()
        self._index: SearchIndex | None = None
        self._refreshing = threading.Lock()
        self._background = background
        self._encoding = threading.Lock()
        self._closed = threading.Event()

    def refresh(self) -> bool:
        """Take over what changed in the database; tell whether anything did. Costs one small query where nothing did.

        Searches that run meanwhile use the old index to their end. A second thread waits for the first only where
        there is no index yet.
        """
        index = self._index
        if index is not None and index.generation == self._store.generation():
            return False
        if not self._refreshing.acquire(blocking=index is None):
            return False
        try:
            return self._rebuild()
        finally:
            self._refreshing.release()

    def close(self) -> None:
        """Stop encoding in the background; what is not encoded yet is encoded after the next start."""
        self._closed.set()

    @property
    def encoding(self) -> bool:
        """Whether passages are still being encoded: until then these are found by their words alone."""
        return self._encoding.locked()

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
        topics: Mapping[str, float] | None = None,
        limit: int = 3,
    ) -> list[Answer]:
        """Find the passages that may answer a question.

        Passages in the question's language come first, then English ones, then others; one that hardly fits stands
        behind those of the next language that do. An article is not shown again in a second language, and with two
        passages at most. Expired articles, and those that are not valid yet, are never found.

        Args:
            query: The customer's words; the first 2,000 characters are read.
            vector: The query's vector, shape (dimension,), where the caller has it; else the query is encoded.
            language: ISO 639-1 code of the question; None or "und" treats all languages alike.
            visibility: PUBLIC for customers and chatbots; INTERNAL shows the shop's people everything.
            brand: Articles of this brand and of none are searched; None searches all.
            topics: What the question is about: intents with their probabilities. An article tagged with one gains.
            limit: How many passages, 50 at most.

        Raises:
            InvalidInputError: The vector does not belong to this encoder, or the limit is out of range.

        """
        if not 0 <= limit <= MAX_LIMIT:
            raise InvalidInputError(f"limit {limit} must be between 0 and {MAX_LIMIT}", field="limit")
        # Half of a surrogate pair is no character: tokenizers refuse it.
        query = query[:MAX_QUERY_CHARS].encode("utf-8", "replace").decode()
        if limit == 0 or not query.strip():
            return []
        index = self._loaded()
        scope = Scope.of(visibility, brand, datetime.now(UTC).date())
        question = _Question(query, self._vector(query, vector), scope, _known(language), topics or {})
        tiers: list[list[_Hit]] = []
        picked: list[_Hit] = []
        for languages in _tiers(index, question.language):
            tiers.append(self._tier([index.partitions[code] for code in languages], question))
            picked = _pick(tiers, limit)
            if len(picked) == limit and picked[-1].score >= MIN_OWN_SCORE:
                break
        return [hit.answer() for hit in picked]

    def _tier(self, partitions: Sequence[Partition], question: _Question) -> list[_Hit]:
        """Search languages of equal standing; the best score first."""
        found: list[_Hit] = []
        for partition in partitions:
            tokens = tokenize(question.text, partition.language)
            foreign = question.language not in {None, partition.language}
            candidates = partition.search(tokens, question.vector, question.scope, _CONSIDERED)
            found.extend(self._hit(candidate, question, foreign=foreign) for candidate in candidates)
        return sorted(found, key=lambda hit: -hit.score)

    def _hit(self, candidate: Candidate, question: _Question, *, foreign: bool) -> _Hit:
        topics = question.topics
        topic = 0.0
        for tag in candidate.entry.tags:
            topic = max(topic, topics.get(tag, 0.0))
        signs = Signs(candidate.cosine, candidate.share, candidate.agreement, foreign, topic)
        return _Hit(self._score.probability(signs), candidate.entry)

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
        if self._index is None:
            self.refresh()
        if self._index is None:
            raise UnavailableError("the search index could not be built", hint="see the log for the reason")
        return self._index

    def _rebuild(self) -> bool:
        # The generation is read first: a change that comes in between is seen again, never missed.
        generation = self._store.generation()
        if self._index is not None and self._index.generation == generation:
            return False
        entries = self._store.entries()
        digests = [passage_digest(entry.spoken) for entry in entries]
        texts = {digest: entry.spoken for digest, entry in zip(digests, entries, strict=True)}
        late = self._background and self._cache.missing(texts) > _AT_ONCE
        vectors = self._cache.known(texts) if late else self._cache.vectors(texts)
        if late and self._encoding.acquire(blocking=False):
            threading.Thread(target=self._encode, args=(texts,), name="passage-vectors", daemon=True).start()
        by_language: dict[str, list[tuple[Entry, str]]] = {}
        for entry, digest in zip(entries, digests, strict=True):
            by_language.setdefault(entry.language, []).append((entry, digest))
        partitions = {code: self._partition(code, rows, vectors) for code, rows in sorted(by_language.items())}
        self._index = SearchIndex(generation, partitions)
        _log.info("search_index_built", generation=generation, passages=len(entries), languages=len(partitions))
        return True

    def _encode(self, texts: Mapping[str, str]) -> None:
        """Encode what is missing, then build the index again with the vectors; runs in a thread of its own."""
        try:
            left = len(texts)
            while left and not self._closed.is_set():
                left = self._cache.encode_some(texts, _AT_ONCE)
                _log.info("passages_encoded", left=left)
        except Exception:  # noqa: BLE001 - whatever the encoder raises, the words go on finding
            _log.exception("passages_not_encoded", remedy="they are found by their words until the next change")
            return
        finally:
            self._encoding.release()
        if not self._closed.is_set():
            with self._refreshing:
                self._index = None if self._index is None else replace(self._index, generation="")
                self._rebuild()

    def _partition(
        self, language: str, rows: list[tuple[Entry, str]], vectors: dict[str, NDArray[np.float32]]
    ) -> Partition:
        """Build the partition of a language, or keep the one there is where nothing in it changed."""
        entries = tuple(entry for entry, _ in rows)
        kept = self._index.partitions.get(language) if self._index else None
        if kept is not None and kept.entries == entries and not kept.blank:
            return kept
        lexical = self._lexical.index(language, [entry.searched for entry in entries])
        return Partition.build(language, entries, lexical, np.stack([vectors[digest] for _, digest in rows]))


@dataclass(frozen=True, slots=True)
class _Question:
    """A query as it is searched; `vector` has unit length or is zero, `language` is None where unknown."""

    text: str
    vector: NDArray[np.float32]
    scope: Scope
    language: str | None
    topics: Mapping[str, float]


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


def _tiers(index: SearchIndex, language: str | None) -> list[list[str]]:
    """Group the languages by standing: the question's, English, the rest; one group where it is not known."""
    if language is None:
        return [list(index.partitions)]
    first = [code for code in dict.fromkeys((language, FALLBACK_LANGUAGE)) if code in index.partitions]
    rest = [code for code in index.partitions if code not in first]
    return [[code] for code in first] + ([rest] if rest else [])


def _pick(tiers: list[list[_Hit]], limit: int) -> list[_Hit]:
    """Take good answers tier by tier, then the weaker ones; an article in one language and with few passages only."""
    picked: list[_Hit] = []
    shown: dict[str, list[str]] = {}
    ordered = [hit for hits in tiers for hit in hits]
    good = [hit for hit in ordered if hit.score >= MIN_OWN_SCORE]
    weak = [hit for hit in ordered if hit.score < MIN_OWN_SCORE]
    for hit in good + weak:
        if len(picked) == limit:
            break
        languages = shown.setdefault(hit.entry.article, [])
        if len(languages) < MAX_PER_ARTICLE and all(language == hit.entry.language for language in languages):
            languages.append(hit.entry.language)
            picked.append(hit)
    return picked
