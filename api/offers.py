"""What a chatbot offers where it asks back: articles that nearly answer, else the likeliest intents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.bot_speech import intent_names
from api.sayable import may_be_offered, plain
from api.schemas.bots import ChoiceKind

if TYPE_CHECKING:
    from api.answering import Asked, Bot
    from tickets.records import Answer

MOST_CHOICES = 3
# An intent below this is a guess that would puzzle the customer as a choice.
MIN_CHOICE_PROBABILITY = 0.1
# Two intents of at least this are worth a question even where no passage fits.
MIN_DOUBT = 0.25
# Where a passage is near enough to ask back, further articles down to this part of that are offered beside it.
ALSO_CHOSEN = 1 / 3
_UNCLEAR = "other.unclear"
NO_CHOICE = ("other.", "service.thanks")
# "hi", "status?", a single number: who has said no more than that can be asked what it is about.
LITTLE_CHARS = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that the customer may have meant, in their language."""

    kind: ChoiceKind
    value: str
    label: str


def offered(bot: Bot, asked: Asked, fresh: Sequence[Answer], least: float) -> tuple[Choice, ...] | None:
    """Return what to offer, nothing where the question back is open, None where asking is not worth it.

    It is where a passage nearly fits, two intents are likely, or the customer has said next to nothing yet.

    Args:
        bot: The shop's policy, and its words.
        asked: The question.
        fresh: The passages that may be said.
        least: From which score on a passage nearly fits.

    """
    near = any(answer.score >= least for answer in fresh)
    doubt = asked.decision.intent is None and len(_intents(asked, MIN_DOUBT)) > 1
    little = asked.decision.intent in (None, _UNCLEAR) and len(plain(asked.decision.text)) <= LITTLE_CHARS
    if not (near or doubt or little):
        return None
    articles = _articles(bot, asked, fresh, least * ALSO_CHOSEN) if near else ()
    unsure = asked.decision.intent is None or not articles
    choices = (*articles, *(_intents(asked, MIN_CHOICE_PROBABILITY) if unsure else ()))[:MOST_CHOICES]
    # One thing alone is offered if it is an article: an intent answers nothing.
    return choices if len(choices) > 1 or articles else ()


def _intents(asked: Asked, least: float) -> tuple[Choice, ...]:
    names = intent_names()
    found = [
        Choice(ChoiceKind.INTENT, score.name, names[score.name].get(asked.language, names[score.name]["en"]))
        for score in asked.decision.intents
        if score.probability >= least and score.name in names and not score.name.startswith(NO_CHOICE)
    ]
    return tuple(found[:MOST_CHOICES])


def _articles(bot: Bot, asked: Asked, fresh: Iterable[Answer], least: float) -> tuple[Choice, ...]:
    """Offer articles, the likeliest first; a title in another language than the customer's says which one it is."""
    labels: dict[str, str] = {}
    for answer in sorted(fresh, key=lambda one: -one.score):
        if answer.score >= least and answer.article not in labels and may_be_offered(answer, asked, bot):
            foreign = answer.language != asked.language
            named = f"{answer.title} ({bot.speech.name_of(answer.language, asked.language)})"
            labels[answer.article] = named if foreign else answer.title
    found = [Choice(ChoiceKind.ARTICLE, article, label) for article, label in labels.items()]
    return tuple(found[:MOST_CHOICES])
