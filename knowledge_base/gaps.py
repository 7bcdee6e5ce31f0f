"""Gaps of the knowledge base: what is asked and not answered, and articles that nobody needs or that do not help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from knowledge_base.asked import Asked, read_asked
from knowledge_base.clusters import Cluster, find_clusters
from knowledge_base.telling_words import TellingWords
from knowledge_base.uses import UseStore, used_articles
from knowledge_base.verdicts import Doubtful, doubtful_articles
from tickets.tables import ArticleRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from knowledge_base.vectors import Encoder
    from tickets.database import Database

# Of pairs of messages this near, 86 % share their intent (3,000 messages of the corpus in six languages; 0.5: 63 %).
MIN_SIMILARITY = 0.6
# Nobody wants an article for these.
NOT_ASKING = frozenset({"other.spam", "other.unclear", "service.thanks"})
EXAMPLES = 5
EXAMPLE_CHARS = 200
MAX_INTERNAL = 3
MAX_UNUSED = 500
_WEEK = timedelta(days=7)
_ENCODED_AT_ONCE = 64
_BACKGROUND = 4_000
_FALLBACK_LANGUAGE = "en"

# What customers call an intent, by intent and language.
IntentNames = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class GapOptions:
    """How far to look. `min_probability` is the score from which on a passage counts as an answer.

    `days` is how far back questions are read (14 at least are needed for the trend); `unused_days` is after how many
    days without being found an article counts as one that nobody needs. At most `max_decisions` decisions are read and
    `max_questions` questions compared, evenly chosen where there are more.
    """

    min_probability: float
    days: int = 30
    unused_days: int = 90
    min_size: int = 3
    limit: int = 20
    max_decisions: int = 50_000
    max_questions: int = 4_000


@dataclass(frozen=True, slots=True)
class Gap:
    """A group of questions without an answer.

    `size` and the two weeks count tickets, estimated where a sample was read; `examples` have personal data masked.
    `internal` are the articles that answer some of it for the shop's own people only, the most frequent first.
    """

    title: str
    language: str
    languages: tuple[str, ...]
    intents: tuple[str, ...]
    size: int
    last_week: int
    week_before: int
    best: float
    examples: tuple[str, ...]
    internal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unused:
    """A live article that for long no decision found, no chatbot quoted and nobody read or voted on."""

    article: str
    language: str
    title: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class GapReport:
    """What to write, what to look at again, what to remove.

    `share` is the part of the span's decisions that was read; `unanswered` of `asked` messages found nothing.
    `uses_since` is the first day with a use of an article in a chatbot's answer or in the help centre, if there is one.
    """

    made_at: datetime
    options: GapOptions
    asked: int
    unanswered: int
    share: float
    gaps: tuple[Gap, ...]
    unused: tuple[Unused, ...]
    doubtful: tuple[Doubtful, ...] = field(default=())
    uses_since: date | None = None


def find_gaps(
    database: Database, encoder: Encoder, options: GapOptions, names: IntentNames = MappingProxyType({})
) -> GapReport:
    """Compare what was asked with what was found.

    Reads at most `options.max_decisions` decisions, whatever the number of tickets.

    Args:
        database: Where tickets and articles are.
        encoder: Turns questions into vectors.
        options: How far to look.
        names: What customers call the intents, by intent and language; titles where words do not tell.

    """
    now = datetime.now(UTC)
    span = timedelta(days=max(options.days, options.unused_days))
    sample = read_asked(database, now - span, options.max_decisions)
    recent = [asked for asked in sample.asked if asked.at >= now - timedelta(days=options.days)]
    asking = [asked for asked in recent if asked.intent not in NOT_ASKING]
    unanswered = [asked for asked in asking if asked.best < options.min_probability and asked.text]
    compared = _evenly(unanswered, options.max_questions)
    share = sample.share * (len(compared) / len(unanswered) if unanswered else 1.0)
    clusters = _clusters(compared, encoder, options.min_size)
    since = now - timedelta(days=options.unused_days)
    found = {article for asked in sample.asked if asked.at >= since for article in asked.articles}
    return GapReport(
        made_at=now,
        options=options,
        asked=round(len(asking) / sample.share),
        unanswered=round(len(unanswered) / sample.share),
        share=sample.share,
        gaps=_describe(clusters[: options.limit], compared, _Titles(recent, names), _Scale(now, share, options)),
        unused=_unused(database, found | used_articles(database, since), since),
        doubtful=doubtful_articles(database, since),
        uses_since=UseStore(database).first_day(),
    )


def _evenly(asked: Sequence[Asked], most: int) -> list[Asked]:
    """Choose at most so many, spread over all."""
    if len(asked) <= most:
        return list(asked)
    return [asked[number * len(asked) // most] for number in range(most)]


def _clusters(asked: Sequence[Asked], encoder: Encoder, min_size: int) -> list[Cluster]:
    """Group questions; a ticket that asks the same twice counts once."""
    vectors = _vectors([question.text for question in asked], encoder)
    found = []
    for cluster in find_clusters(vectors, min_similarity=MIN_SIMILARITY, min_size=min_size):
        first: dict[str, int] = {}
        for row in cluster.members:
            first.setdefault(asked[row].ticket_id, row)
        if len(first) >= min_size:
            found.append(Cluster(tuple(first.values())))
    return sorted(found, key=lambda cluster: -len(cluster.members))


def _vectors(texts: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    """Encode each distinct text once, a few at a time: other threads get their turn in between."""
    distinct = list(dict.fromkeys(texts))
    parts = [
        encoder.encode(distinct[start : start + _ENCODED_AT_ONCE])
        for start in range(0, len(distinct), _ENCODED_AT_ONCE)
    ]
    if not parts:
        return np.zeros((0, encoder.dimension), dtype=np.float32)
    vectors = np.concatenate(parts)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    row = {text: number for number, text in enumerate(distinct)}
    return np.ascontiguousarray(unit[[row[text] for text in texts]])


@dataclass(frozen=True, slots=True)
class _Scale:
    """When the report is made, which share of all questions was compared, and what counts as an answer."""

    now: datetime
    share: float
    options: GapOptions

    def tickets(self, asked: Sequence[Asked], first_week: int, weeks: int | None = 1) -> int:
        """Estimate the tickets asked so many weeks ago, over one week or (None) for ever."""
        until = self.now - first_week * _WEEK
        since = None if weeks is None else until - weeks * _WEEK
        counted = sum(question.at <= until and (since is None or question.at > since) for question in asked)
        return round(counted / self.share)

    def internal(self, asked: Sequence[Asked]) -> tuple[str, ...]:
        """Give the internal articles that answer questions, the most frequent first."""
        least = self.options.min_probability
        named = [question.internal[0] for question in asked if question.internal and question.internal[1] >= least]
        return tuple(name for name, _ in Counter(named).most_common(MAX_INTERNAL))


class _Titles:
    """Titles groups of questions by their words, else by what they are about.

    Args:
        background: Questions of all kinds.
        names: Of the intents, by intent and language.

    """

    def __init__(self, background: Sequence[Asked], names: IntentNames) -> None:
        self._background = background
        self._names = names
        self._words: dict[str, TellingWords] = {}

    def title(self, members: Sequence[Asked], language: str, intents: Sequence[str]) -> str:
        """Propose a title in a language; empty where neither a word is shared nor an intent has a name.

        Args:
            members: The group, the most typical question first.
            language: That of most of the group.
            intents: Those of the group, the most frequent first.

        """
        texts = [asked.text for asked in members if asked.language == language]
        words = self._telling(language).title(texts) if len(texts) * 2 >= len(members) else ""
        return words or next((self._named(intent, language) for intent in intents if intent in self._names), "")

    def _telling(self, language: str) -> TellingWords:
        if language not in self._words:
            texts = [asked.text for asked in self._background if asked.language == language]
            self._words[language] = TellingWords(texts[-_BACKGROUND:], language)
        return self._words[language]

    def _named(self, intent: str, language: str) -> str:
        called = self._names[intent]
        return called.get(language) or called.get(_FALLBACK_LANGUAGE, "")


def _describe(
    clusters: Sequence[Cluster], compared: Sequence[Asked], titles: _Titles, scale: _Scale
) -> tuple[Gap, ...]:
    found = []
    for cluster in clusters:
        members = [compared[row] for row in cluster.members]
        languages = [code for code, _ in Counter(asked.language for asked in members).most_common()]
        main = languages[0]
        intents = [name for name, _ in Counter(asked.intent for asked in members if asked.intent).most_common()]
        found.append(
            Gap(
                title=titles.title(members, main, intents),
                language=main,
                languages=tuple(languages),
                intents=tuple(intents[:3]),
                size=scale.tickets(members, 0, None),
                last_week=scale.tickets(members, 0),
                week_before=scale.tickets(members, 1),
                best=round(max(asked.best for asked in members), 4),
                examples=_examples(members),
                internal=scale.internal(members),
            )
        )
    return tuple(found)


def _examples(members: Sequence[Asked]) -> tuple[str, ...]:
    distinct = dict.fromkeys(_shortened(asked.text) for asked in members)
    return tuple(distinct)[:EXAMPLES]


def _shortened(text: str) -> str:
    return text if len(text) <= EXAMPLE_CHARS else f"{text[: EXAMPLE_CHARS - 1].rstrip()}…"


def _unused(database: Database, found: set[tuple[str, str]], since: datetime) -> tuple[Unused, ...]:
    """List live articles that were there all the time and of no use to anybody; the oldest first."""
    from sqlalchemy import select

    columns = (ArticleRow.article_id, ArticleRow.language, ArticleRow.title, ArticleRow.updated_at)
    query = select(*columns).where(~ArticleRow.deleted, ArticleRow.updated_at < since)
    with database.session() as session:
        rows = session.execute(query.order_by(ArticleRow.updated_at, ArticleRow.pk)).all()
    unused = [Unused(*row) for row in rows if (row[0], row[1]) not in found]
    return tuple(unused[:MAX_UNUSED])
