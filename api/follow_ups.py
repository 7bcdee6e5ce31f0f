"""Follow-ups: "and to Australia?" is looked up alone and behind what was asked before; the surer answer is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api.answering import Asked, BotAnswer, answers_back, choose
from api.choices import own_words
from api.schemas.bots import Action
from knowledge_base.passages import size_in_words
from triage.bot_policy import Why, judge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.answering import Bot
    from api.bot_speech import Speech
    from api.schemas.bots import QuestionIn
    from tickets.records import Answer, Decision, Message

MAX_WORDS = 7
"""A longer question says by itself what it is about."""

MAX_EARLIER = 2
"""A question that is short as well is read with the one before it."""

TURN = 3.0
"""By what factor a passage must gain on the one that was given for the words to have turned to it."""

_LEAST = 1e-3


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A short question in a conversation: what was asked before it, alone and with it."""

    earlier: Message
    together: Message

    @classmethod
    def of(cls, question: QuestionIn, message: Message, speech: Speech) -> FollowUp | None:
        """Return what a question may go on with; None where it stands alone, or is read with the one before anyway.

        It goes on with an earlier one only as long as the bot answered: behind a hand-off or a colleague's words
        nobody knows what it refers to.
        """
        turns = question.conversation
        if question.choice is not None or not turns or size_in_words(question.question) > MAX_WORDS:
            return None
        if turns[-1].role != "bot" or turns[-1].action is Action.HAND_OFF or answers_back(question, speech):
            return None
        earlier: list[str] = []
        for words in reversed(list(own_words(turns, speech))):
            earlier.insert(0, words)
            if len(earlier) == MAX_EARLIER or size_in_words(words) > MAX_WORDS:
                break
        if not earlier:
            return None
        before = "\n".join(earlier)
        return cls(replace(message, text=before), replace(message, text=f"{before}\n{message.text}"))


def surer(
    bot: Bot, alone: Asked, together: Asked, earlier: Decision, min_probability: float
) -> tuple[Asked, BotAnswer]:
    """Choose between the question as it stands and the one behind what was asked before.

    What the question says alone goes first where that is no search: thanks, a reply from the order, a person.

    Args:
        bot: The shop's policy, and its words.
        alone: The question as it stands.
        together: The same behind the earlier one.
        earlier: What the pipeline says of the earlier one.
        min_probability: As in `choose`.

    """
    said = choose(bot, alone, min_probability)
    looked_up = said.action is not Action.ANSWER or said.answer is not None
    if not looked_up or said.why not in (None, Why.NOT_SURE):
        return alone, said
    # Of the words of both, those that were answered speak for what was given: what of the rest?
    both, by_words, earlier = (_apart(found) for found in (together.decision, alone.decision, earlier))
    other = choose(bot, replace(together, decision=both), min_probability)
    if other.action is not Action.ANSWER or other.answer is None:
        return alone, said
    if said.action is Action.ANSWER and said.probability >= other.probability:
        return alone, said
    least = judge(bot.policy, together.context, min_probability).min_probability
    before, by_itself = (_score(other.answer, found.answers) for found in (earlier, by_words))
    if before < least:
        return together, other
    turned = other.answer.score > before or _lead(other.answer, both, earlier) > TURN
    return (together, other) if by_itself > 0.0 and turned else (alone, said)


def _apart(decision: Decision) -> Decision:
    """Give the other articles the probabilities that they have if the likeliest one does not answer."""
    first = max(decision.answers, key=lambda found: found.score, default=None)
    if first is None or first.score >= 1.0:
        return decision
    left = 1.0 - first.score
    answers = [
        one if one.article == first.article else replace(one, score=one.score / left) for one in decision.answers
    ]
    return replace(decision, answers=tuple(answers))


def _lead(wanted: Answer, together: Decision, earlier: Decision) -> float:
    """Return by what factor the odds of a passage grew beside those of what answered the earlier question best."""
    first = max(earlier.answers, key=lambda found: found.score)
    (now, best_now), (before, best_before) = (
        (_odds(_score(wanted, found.answers)), _odds(_score(first, found.answers))) for found in (together, earlier)
    )
    return (now / best_now) / (before / best_before)


def _odds(score: float) -> float:
    kept = min(max(score, _LEAST), 1.0 - _LEAST)
    return kept / (1.0 - kept)


def _score(wanted: Answer, among: Iterable[Answer]) -> float:
    """Return how well a passage answered something else; nothing where it was not found for that."""
    same = (found.score for found in among if (found.article, found.passage) == (wanted.article, wanted.passage))
    return max(same, default=0.0)
