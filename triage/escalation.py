"""Why a message may need a senior agent: weak phrase rules in twelve languages, and the size of the sums named.

The probability is the head's own calibrated number and is never altered here. The rules give reasons, and the reasons
listed as strong raise a message that the head did not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from models.prediction import REASONS, Reason
from models.text.folding import fold
from models.text.phrases import PhraseBook
from tickets.records import Entity
from tickets.rulefile import Rules, read_rules
from triage.self_harm import shipped_phrases

SHIPPED = Path(__file__).with_name("escalation.yaml")
# Who may harm themselves is in danger as who was hurt by a product is.
_SAFETY: Reason = "safety"

PhraseText = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class HighValue(Rules):
    """When a sum is large: the limit in US dollars, and roughly what a unit of each currency is worth in them.

    `unknown` is what a unit counts for when no currency is known. Only messages about these intents lose money by it.
    """

    over_usd: Decimal = Field(gt=0)
    intents: tuple[str, ...] = ()
    usd: Mapping[str, Decimal] = Field(default_factory=dict)


class EscalationFile(Rules):
    """The whole file of phrases: by reason, then by language."""

    strong: tuple[Reason, ...] = ()
    high_value: HighValue
    phrases: Mapping[Reason, Mapping[Code, tuple[PhraseText, ...]]]


class EscalationRules:
    """The rules, ready to be asked: one book of phrases for each language, and one of all for texts in no known one.

    A book is put together when a message first needs it.
    """

    def __init__(self, rules: EscalationFile) -> None:
        self.rules = rules
        self._languages = sorted({language for by_language in rules.phrases.values() for language in by_language})
        self._books: dict[str | None, PhraseBook] = {}

    @classmethod
    def load(cls, path: Path | None = None) -> EscalationRules:
        """Load the rules of a file, or the shipped ones.

        Raises:
            InvalidInputError: The file is unreadable or wrong; names file, place and remedy.
        """
        return cls(read_rules(path, EscalationFile)) if path else _shipped()

    def reasons(
        self, text: str, language: str, *, amount_usd: Decimal | None = None, intent: str | None = None
    ) -> tuple[str, ...]:
        """Return the reasons that fire, in the contract's order.

        Args:
            text: Cleaned text of the message.
            language: ISO 639-1 code; English phrases count in every language, all phrases where it is not known.
            amount_usd: The largest sum in the text, roughly in US dollars; see `largest_usd`.
            intent: What the message is about; a price in a question before buying is no loss.
        """
        found = {hit.label for hit in self._book(language).find(fold(text))}
        value = self.rules.high_value
        if amount_usd is not None and amount_usd > value.over_usd and _is_about(intent, value.intents):
            found.add("high_value")
        return tuple(reason for reason in REASONS if reason in found)

    def _book(self, language: str) -> PhraseBook:
        known = language if language in self._languages else None
        book = self._books.get(known)
        if book is None:
            languages = self._languages if known is None else [*dict.fromkeys((known, "en"))]
            book = self._books[known] = _book(self.rules, languages)
        return book

    def raises(self, reasons: Iterable[str]) -> bool:
        """Say whether one of the reasons is strong enough to raise a message on its own."""
        return any(reason in self.rules.strong for reason in reasons)

    def largest_usd(self, entities: Iterable[Entity]) -> Decimal | None:
        """Return the largest amount among the entities, roughly in US dollars; None where no currency is known."""
        sums = [self._in_usd(entity.value) for entity in entities if entity.kind == "amount"]
        return max((value for value in sums if value is not None), default=None)

    def _in_usd(self, value: str) -> Decimal | None:
        number, _, currency = value.partition(" ")
        rate = self.rules.high_value.usd.get(currency)
        try:
            return None if rate is None else Decimal(number) * rate
        except InvalidOperation:
            return None


def _is_about(intent: str | None, wanted: tuple[str, ...]) -> bool:
    return not wanted or any(intent == prefix or (intent or "").startswith(prefix + ".") for prefix in wanted)


def _book(rules: EscalationFile, languages: Iterable[str]) -> PhraseBook:
    phrases: dict[str, list[str]] = {
        reason: [phrase for language in languages for phrase in by_language.get(language, ())]
        for reason, by_language in rules.phrases.items()
    }
    phrases.setdefault(_SAFETY, []).extend(shipped_phrases())
    return PhraseBook(phrases)


@lru_cache(maxsize=1)
def _shipped() -> EscalationRules:
    return EscalationRules(read_rules(SHIPPED, EscalationFile))


def reasons(text: str, language: str) -> tuple[str, ...]:
    """Return the reasons that the shipped phrases give for a text, in the contract's order."""
    return _shipped().reasons(text, language)
