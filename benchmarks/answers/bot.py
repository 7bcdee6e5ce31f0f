"""What a chatbot does with the questions to the sample shop: through the pipeline, the policy and its choice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from api.answering import Bot, ask, choose, message_of
from api.bot_speech import Speech
from api.schemas.bots import Action, QuestionIn
from knowledge_base.records import Article, Visibility
from models.bundle import Bundle
from training.judged import Judged, base_of
from triage.bot_policy import BotPolicy
from triage.parts import Parts
from triage.pipeline import Pipeline
from triage.routing import Router

PASSAGES = 6
# A Tuesday noon: the hour changes what is said of office hours, and nothing that is counted.
_MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def talks(
    bundle: Bundle, articles: Sequence[Article], questions: Sequence[Judged], min_probability: float
) -> dict[str, float | int]:
    """Ask the bot, and count.

    Args:
        bundle: The bundle.
        articles: The articles of the sample shop.
        questions: Questions to the sample shop.
        min_probability: DESKHAND_MIN_ANSWER_PROBABILITY; the shipped policy may name another.

    """
    router = Router.load()
    bot = Bot(BotPolicy.load(), Speech.load(), router)
    pipeline = Pipeline(Parts(bundle=bundle, knowledge_base=base_of(articles, bundle), router=router))
    counts = dict.fromkeys(("answerable", "answered", "right", "wrong_article", "unanswerable_answered"), 0)
    actions = dict.fromkeys((action.value for action in Action), 0)
    for question in questions:
        asked_in = QuestionIn(question=question.text, language=question.language)
        message = message_of(asked_in, bot.speech)
        (decision,) = pipeline.decide([message], answers=PASSAGES, suggestions=0, visibility=Visibility.PUBLIC)
        said = choose(bot, ask(bot, asked_in, message, decision, _MOMENT), min_probability)
        actions[said.action.value] += 1
        counts["answerable"] += bool(question.right)
        if said.action is Action.ANSWER and said.answer is not None:
            counts["answered"] += 1
            right = said.answer.article in question.right
            counts["right"] += right
            counts["wrong_article"] += bool(question.right) and not right
            counts["unanswerable_answered"] += not question.right
    return {
        "questions": len(questions),
        **counts,
        **actions,
        "share_of_answerable": counts["right"] / counts["answerable"],
        "precision": counts["right"] / counts["answered"] if counts["answered"] else 0.0,
        "precision_of_answerable": counts["right"] / max(counts["right"] + counts["wrong_article"], 1),
    }
