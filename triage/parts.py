"""What the pipeline is put together from: small Protocols, so that any part can be replaced, and their record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge_base.records import Visibility
from tickets.records import Answer, Shop, Suggestion
from tickets.sources import OrderSource
from triage.escalation import EscalationRules
from triage.routing import Router

if TYPE_CHECKING:
    from replies.suggest import ReplyContext


class LanguageGuess(Protocol):
    """The language of a text as the brain sees it; `code` may be "und"."""

    @property
    def code(self) -> str:
        """ISO 639-1 code, or "und"."""

    @property
    def probability(self) -> float:
        """Calibrated probability."""

    @property
    def script(self) -> str:
        """ISO 15924 code of the script."""


class SentimentGuess(Protocol):
    """The mood of a text as the brain sees it."""

    @property
    def label(self) -> str:
        """One of the five labels."""

    @property
    def score(self) -> float:
        """From -1 (very negative) to 1 (very positive)."""

    @property
    def probability(self) -> float:
        """Calibrated probability."""


class Prediction(Protocol):
    """All that the brain says of one text; probabilities are calibrated."""

    @property
    def language(self) -> LanguageGuess:
        """The language of the text."""

    @property
    def intents(self) -> tuple[tuple[str, float], ...]:
        """The whole ranking, best first."""

    @property
    def intent(self) -> str | None:
        """What it is about; None where the head abstains."""

    @property
    def also(self) -> tuple[str, ...]:
        """Further intents in the same text."""

    @property
    def sentiment(self) -> SentimentGuess:
        """The mood of the text."""

    @property
    def escalation(self) -> float:
        """Probability that a senior agent should see it soon."""

    @property
    def escalate(self) -> bool:
        """Whether that probability is above its threshold."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why a senior agent should see it, as far as the model sees it."""

    @property
    def vector(self) -> NDArray[np.float32]:
        """The sentence vector, for searching."""


class Brain(Protocol):
    """The learned models behind one call; `models.bundle.Bundle` is one."""

    @property
    def name(self) -> str:
        """The name that decisions carry."""

    def predict(self, texts: Sequence[str]) -> Sequence[Prediction]:
        """Predict for cleaned texts, in their order."""
        ...


class Search(Protocol):
    """The knowledge base as the pipeline sees it; `knowledge_base.search.KnowledgeBase` is one."""

    def refresh(self) -> object:
        """Take up articles that changed; cheap where none did."""
        ...

    def search(  # noqa: PLR0913 - the knowledge base's own signature
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
    ) -> Sequence[Answer]:
        """Return the passages that answer best, best first."""
        ...


class ReplyMaker(Protocol):
    """Fills and ranks templates; `replies.suggest.Replies` is one."""

    def suggest(self, context: ReplyContext, limit: int) -> Sequence[Suggestion]:
        """Return filled-in replies, best first; none whose slots cannot all be filled."""
        ...


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Parts:
    """Everything one pipeline needs; parts that are None are left out of the decision."""

    bundle: Brain
    knowledge_base: Search | None = None
    replies: ReplyMaker | None = None
    orders: OrderSource | None = None
    router: Router = field(default_factory=Router.load)
    shop: Shop = field(default_factory=Shop)
    escalation: EscalationRules = field(default_factory=EscalationRules.load)
    clock: Callable[[], datetime] = utc_now
