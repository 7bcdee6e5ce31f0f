"""What a chatbot does with the questions to the sample shop: through the pipeline, the policy and its choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from api.answering import Bot, BotAnswer, ask, choose, message_of
from api.bot_speech import Speech
from api.offers import Choice
from api.schemas.bots import Action, ChoiceIn, ChoiceKind, QuestionIn, Turn
from knowledge_base.records import Article, Visibility
from models.bundle import Bundle
from training.judged import Judged, base_of
from triage.bot_policy import BotPolicy
from triage.parts import Parts
from triage.pipeline import Pipeline
from triage.routing import Router

# As many as the route asks for; more where the customer chose an article.
PASSAGES = 6
PASSAGES_OF_CHOICE = 20
# A Tuesday noon: the hour changes what is said of office hours, and nothing that is counted.
_MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)

# What a customer takes of what is offered; None where they take nothing.
Customer = Callable[[Judged, Sequence[Choice]], Choice | None]


def fitting(question: Judged, choices: Sequence[Choice]) -> Choice | None:
    """Take the article that answers, where it is offered: the best that asking back can bring."""
    return next((one for one in choices if one.kind is ChoiceKind.ARTICLE and one.value in question.right), None)


def first(_: Judged, choices: Sequence[Choice]) -> Choice | None:
    """Take the first article that is offered, whatever it is: the worst."""
    return next((one for one in choices if one.kind is ChoiceKind.ARTICLE), None)


@dataclass(frozen=True, slots=True)
class Talk:
    """A bot that is talked to."""

    bot: Bot
    pipeline: Pipeline
    min_probability: float

    def said(self, question: Judged) -> BotAnswer:
        """Ask it."""
        return self._said(QuestionIn(question=question.text, language=question.language), PASSAGES)

    def after(self, question: Judged, asked_back: BotAnswer, choice: Choice) -> BotAnswer:
        """Take what it offered."""
        turns = [
            Turn(role="customer", text=question.text),
            Turn(role="bot", text=asked_back.text, action=asked_back.action),
        ]
        taken = ChoiceIn(kind=choice.kind, value=choice.value, label=choice.label)
        asked_in = QuestionIn(question=choice.label, language=question.language, conversation=turns, choice=taken)
        return self._said(asked_in, PASSAGES_OF_CHOICE)

    def _said(self, asked_in: QuestionIn, passages: int) -> BotAnswer:
        message = message_of(asked_in, self.bot.speech)
        (decision,) = self.pipeline.decide([message], answers=passages, suggestions=0, visibility=Visibility.PUBLIC)
        return choose(self.bot, ask(self.bot, asked_in, message, decision, _MOMENT), self.min_probability)


def talks(
    bundle: Bundle, articles: Sequence[Article], questions: Sequence[Judged], min_probability: float
) -> dict[str, object]:
    """Ask the bot, and count: what it says at once, and what after one question back.

    Args:
        bundle: The bundle.
        articles: The articles of the sample shop.
        questions: Questions to the sample shop.
        min_probability: DESKHAND_MIN_ANSWER_PROBABILITY; the shipped policy may name another.

    """
    router = Router.load()
    pipeline = Pipeline(Parts(bundle=bundle, knowledge_base=base_of(articles, bundle), router=router))
    talk = Talk(Bot(BotPolicy.load(), Speech.load(), router), pipeline, min_probability)
    said = [talk.said(question) for question in questions]
    actions = {action.value: sum(one.action is action for one in said) for action in Action}
    return {
        "questions": len(questions),
        "answerable": sum(bool(question.right) for question in questions),
        **_counted(questions, said),
        **actions,
        "after_asking_back": {
            name: _counted(questions, _talked(talk, questions, said, customer))
            for name, customer in (("fitting", fitting), ("first", first))
        },
    }


def _talked(talk: Talk, questions: Sequence[Judged], said: Sequence[BotAnswer], customer: Customer) -> list[BotAnswer]:
    """Go on where the bot asked back, and the customer takes something."""
    ended = []
    for question, one in zip(questions, said, strict=True):
        choice = customer(question, one.choices) if one.action is Action.CLARIFY else None
        ended.append(one if choice is None else talk.after(question, one, choice))
    return ended


def _counted(questions: Sequence[Judged], said: Sequence[BotAnswer]) -> dict[str, float | int]:
    answerable = sum(bool(question.right) for question in questions)
    given = [
        (question.right, one.answer.article)
        for question, one in zip(questions, said, strict=True)
        if one.action is Action.ANSWER and one.answer is not None
    ]
    right = sum(article in wanted for wanted, article in given)
    unanswerable = sum(not wanted for wanted, _ in given)
    return {
        "answered": len(given),
        "right": right,
        "wrong_article": len(given) - right - unanswerable,
        "unanswerable_answered": unanswerable,
        "share_of_answerable": right / max(answerable, 1),
        "precision": right / len(given) if given else 0.0,
        "precision_of_answerable": right / max(len(given) - unanswerable, 1),
    }
