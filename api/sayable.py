"""What may be said in a conversation: nothing twice, in whatever language, and nothing that a marketplace forbids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replies.marketplaces import violations
from replies.rules import Place
from replies.rules.topics import OFFICE_HOURS, speaks_of
from replies.slots import MIN_ANSWER_SCORE
from triage.bot_policy import Why

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.answering import Asked, Bot
    from api.schemas.bots import Turn
    from tickets.records import Answer, Message, Suggestion

# Whatever the shop's articles say, they were not written for this.
_NO_PASSAGE = (Why.SELF_HARM, Why.SAFETY)


def passages_said(turns: Iterable[Turn]) -> list[tuple[str, str | None]]:
    """Return the sources of earlier turns, as article and passage; None is the whole article."""
    return [(source.article, source.passage) for turn in turns for source in turn.sources if turn.role != "customer"]


def may_be_said(answer: Answer, asked: Asked, bot: Bot) -> bool:
    """Say whether a passage is new to this conversation, in any language, and nobody objects to it.

    The customer may have turned its article down; a marketplace may forbid what it says.
    """
    if answer.article in asked.refused:
        return False
    if asked.on_marketplace and _is_forbidden(answer.passage, answer.language, asked.message, bot):
        return False
    turns = [turn for turn in asked.question.conversation if turn.role != "customer"]
    if not turns:
        return True
    wordings = [(answer.article, answer.passage), *asked.translations(answer)]
    for article, passage in passages_said(turns):
        texts = [text for name, text in wordings if name == article]
        if texts and (passage is None or plain(passage) in [plain(text) for text in texts if text]):
            return False
    return not any(was_said(text, asked) for _, text in wordings if text)


def may_be_offered(answer: Answer, asked: Asked, bot: Bot) -> bool:
    """Say whether no marketplace would object to an article's title, which is a choice's label."""
    return not (asked.on_marketplace and _is_forbidden(answer.title, answer.language, asked.message, bot))


def was_said(text: str, asked: Asked) -> bool:
    """Say whether the bot or an agent wrote a text to the customer before, whatever stood around it."""
    words = plain(text)
    return any(words in plain(turn.text) for turn in asked.question.conversation if turn.role != "customer")


def draft(asked: Asked, why: Why | None, bot: Bot) -> str | None:
    """Return what a person may start from: a filled-in reply, else a passage that could be said.

    A passage counts from the score on from which a reply quotes it. Nothing where somebody may harm themselves, and no
    passage where there is danger.
    """
    if why is Why.SELF_HARM:
        return None
    found = asked.topic.answers
    usable = [answer for answer in found if may_be_said(answer, asked, bot)]
    unusable = [answer for answer in found if answer not in usable]
    for reply in asked.topic.suggestions:
        if not was_said(reply.text, asked) and not _quotes(reply, unusable):
            return reply.text
    if why in _NO_PASSAGE:
        return None
    return next((answer.passage for answer in usable if answer.score >= MIN_ANSWER_SCORE), None)


def plain(text: str) -> str:
    """Return a text with single spaces, to compare it."""
    return " ".join(text.split())


def _quotes(reply: Suggestion, answers: Iterable[Answer]) -> bool:
    return any(plain(answer.passage) in plain(reply.text) for answer in answers)


def _is_forbidden(text: str, language: str, message: Message, bot: Bot) -> bool:
    """Say whether a marketplace forbids a text, or takes what it says of hours for an automatic reply."""
    place = Place(message.marketplace, message.channel, message.market, language)
    if violations(text) or bot.check.blocked(text, place):
        return True
    return not bot.policy.says_hours(message.channel, message.marketplace) and speaks_of(text, OFFICE_HOURS)
