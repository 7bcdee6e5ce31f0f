"""What a chatbot should say: an answer with its source, one question back, or an honest hand-off. Pure rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from api.bot_speech import DEFAULT_LANGUAGE
from api.choices import own_words, refused, says_nothing
from api.offers import Choice, offered
from api.sayable import draft, may_be_said, was_said
from api.schemas.bots import Action, ChoiceKind
from replies.rules import RuleCheck
from replies.rules.checking import shipped_check
from tickets.records import Channel, Message
from triage.bot_policy import BotContext, Verdict, Why, judge
from triage.clocks import OfficeHours

if TYPE_CHECKING:
    from datetime import datetime

    from api.bot_speech import Speech
    from api.schemas.bots import QuestionIn, Turn
    from tickets.records import Answer, Decision, Suggestion
    from triage.bot_policy import BotPolicy
    from triage.routing import Router

_THANKS = "service.thanks"


@dataclass(frozen=True, slots=True)
class Bot:
    """What a bot answers with.

    The shop's policy, the bot's own sentences, the rules that know the teams' hours, and those of marketplaces.
    """

    policy: BotPolicy
    speech: Speech
    router: Router
    check: RuleCheck = field(default_factory=shipped_check)


@dataclass(frozen=True, slots=True)
class TeamTime:
    """A team at one moment: whether it is at work, when it is back and when it leaves (UTC)."""

    name: str
    is_open: bool
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    time_zone: str = "UTC"

    @classmethod
    def of(cls, name: str, office: OfficeHours | None, moment: datetime) -> TeamTime:
        """Look at a team's hours; without any it is always there."""
        if office is None:
            return cls(name, True)
        closes_at = office.closes_at(moment)
        opens_at = None if closes_at else office.opens_at(moment)
        return cls(name, closes_at is not None, opens_at, closes_at, office.time_zone)


# Gives the wordings of a passage in other languages, each with its article; None where only the article is known.
Translate = Callable[["Answer"], Sequence[tuple[str, str | None]]]


def _untranslated(_: Answer) -> tuple[tuple[str, str | None], ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the customer said before, for the person who takes over.

    `order` is the number that was named last. `asked` is the last question, where the customer now only wants a person,
    and `decision` what the pipeline says of it.
    """

    order: str | None = None
    asked: str | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that is known of it; `buyer_proven` says that the order spoken of is the customer's own.

    `refused` names articles that were offered and are not what the customer wants.
    """

    question: QuestionIn
    message: Message
    decision: Decision
    team: TeamTime
    buyer_proven: bool = False
    earlier: Earlier = Earlier()
    refused: frozenset[str] = frozenset()
    translations: Translate = _untranslated

    @property
    def language(self) -> str:
        """The customer's language: that of the words, else the one given, else the customer's, else English."""
        customer = self.question.customer
        known = (self.question.language, customer.language if customer else None, DEFAULT_LANGUAGE)
        code = self.decision.language.code
        given = next(name for name in known if name)
        return given.split("-")[0].lower() if code == "und" else code

    @property
    def left_out(self) -> str | None:
        """What the customer said last, where it is not read, for it only answers the bot."""
        said, read = self.question.question, self.message.text
        return None if read == said or read.endswith(f"\n{said}") else said

    @property
    def on_marketplace(self) -> bool:
        """Whether a marketplace's rules hold for what is said."""
        return bool(self.message.marketplace) or self.message.channel is Channel.MARKETPLACE

    @property
    def topic(self) -> Decision:
        """What a person has to see to: what was asked before where now only a person is wanted."""
        return self.earlier.decision or self.decision

    @property
    def order(self) -> str | None:
        """The order spoken of: the one given, else named in the words, else named before."""
        named = (entity.value for entity in self.decision.entities if entity.kind == "order")
        return self.question.order.id if self.question.order else next(named, self.earlier.order)

    @property
    def context(self) -> BotContext:
        """What the policy may ask."""
        words = (*customer_turns(self.question.conversation), self.question.question)
        return BotContext.of(
            self.message, self.decision, is_open=self.team.is_open, words=words, key=_key(self.question, words[0])
        )


@dataclass(frozen=True, slots=True)
class BotAnswer:
    """What to say, and how sure that is.

    It rests on the passage `answer`, or is the filled-in `reply`; `why`, `rule` and `draft` speak of a hand-off.
    """

    action: Action
    text: str
    language: str
    probability: float
    answer: Answer | None = None
    choices: tuple[Choice, ...] = ()
    why: Why | None = None
    rule: str | None = None
    reply: Suggestion | None = None
    draft: str | None = None


def message_of(question: QuestionIn, speech: Speech) -> Message:
    """Return the question as a message; what answers a question of the bot's is read with what was asked before.

    What only answers the bot is left out, and the title of an article: it may be in a language that the customer does
    not write.
    """
    text = question.question
    if question.choice is not None or answers_back(question, speech):
        earlier = list(own_words(question.conversation, speech))[-1:]
        text = "\n".join([*earlier, *([] if earlier and says_nothing(question, speech) else [text])])
    return Message(
        text=text,
        channel=question.channel or Channel.CHAT,
        marketplace=question.marketplace.lower() if question.marketplace else None,
        brand=question.brand,
        market=question.market,
        language=question.language,
        customer=question.customer.record() if question.customer else None,
        order_id=question.order.id if question.order else None,
        sent_at=question.sent_at,
    )


def ask(bot: Bot, question: QuestionIn, message: Message, decision: Decision, now: datetime) -> Asked:
    """Put together what is known; an intent that the customer chose takes the place of the predicted one."""
    choice = question.choice
    moment = message.sent_at or now
    if choice is not None and choice.kind is ChoiceKind.INTENT:
        context = BotContext.of(message, decision, is_open=True, words=(), key="")
        route = replace(context.route, intent=choice.value, received_at=moment)
        decision = replace(decision, intent=choice.value, routing=bot.router.route(route))
    name = decision.routing.team
    team = TeamTime.of(name, bot.router.office_of(name), moment)
    return Asked(question, message, decision, team, refused=refused(question, bot.speech))


def choose(bot: Bot, asked: Asked, min_probability: float) -> BotAnswer:
    """Choose between answering, asking back once, and handing off.

    Args:
        bot: The shop's policy, and its words.
        asked: The question, with what the pipeline says of it: public passages only.
        min_probability: From which score on a passage may be given where the policy names none.

    """
    verdict = judge(bot.policy, asked.context, min_probability)
    fresh = [answer for answer in asked.decision.answers if may_be_said(answer, asked, bot)]
    best = max(fresh, key=lambda answer: answer.score, default=None)
    probability = best.score if best else 0.0
    if not verdict.may_answer:
        return _hand_off(bot, asked, probability, verdict)
    if asked.decision.intent == _THANKS and not asked.decision.also:
        return _said(bot, asked, Action.ANSWER, "thanks", _surest(asked))
    reply = _reply(bot, asked, verdict)
    if reply is not None:
        return BotAnswer(Action.ANSWER, reply.text, reply.language, _sureness(asked), reply=reply)
    found = _pick(asked, fresh, verdict.min_probability)
    if found is not None:
        return _quote(bot, asked, found)
    said = any(_is_wanted(asked, answer, verdict) for answer in asked.decision.answers if answer not in fresh)
    if not said and _may_ask_back(bot, asked):
        question = _clarify(bot, asked, fresh, verdict.min_probability)
        if question is not None:
            return question
    why = Why.SAID_BEFORE if said else Why.NOT_SURE
    return _hand_off(bot, asked, probability, replace(verdict, why=why, rule=None))


def _said(bot: Bot, asked: Asked, action: Action, name: str, probability: float) -> BotAnswer:
    """Say one of the bot's own sentences, labelled with the language that it is in: not every language has them."""
    language = bot.speech.spoken(name, asked.language)
    return BotAnswer(action, bot.speech.say(name, asked.language), language, probability)


def _quote(bot: Bot, asked: Asked, found: Answer) -> BotAnswer:
    """Give a passage; one in another language than the bot speaks to this customer is led in."""
    if found.language == asked.language:
        return BotAnswer(Action.ANSWER, found.passage, found.language, found.score, found)
    language, text = bot.speech.spoken("elsewhere", asked.language), found.passage
    if found.language != language:
        text = f"{bot.speech.elsewhere(found.language, asked.language)}\n\n{text}"
    return BotAnswer(Action.ANSWER, text, language, found.score, found)


def _is_wanted(asked: Asked, answer: Answer, verdict: Verdict) -> bool:
    """Say whether a passage would be given if nothing spoke against it."""
    choice = asked.question.choice
    chosen = choice is not None and choice.kind is ChoiceKind.ARTICLE and choice.value == answer.article
    return answer.article not in asked.refused and (chosen or answer.score >= verdict.min_probability)


def _may_ask_back(bot: Bot, asked: Asked) -> bool:
    """Say whether the customer may be asked: once, not who chose already, and not where the policy never asks."""
    never = bot.policy.ask_back_from >= 1 or asked.question.choice is not None
    return not never and not _was_asked_back(asked.question.conversation, bot.speech)


def _pick(asked: Asked, fresh: Sequence[Answer], min_probability: float) -> Answer | None:
    """Return the passage to give: of the article that the customer chose the best one, else the first sure one."""
    choice = asked.question.choice
    if choice is not None and choice.kind is ChoiceKind.ARTICLE:
        chosen = [answer for answer in fresh if answer.article == choice.value]
        return max(chosen, key=lambda answer: answer.score, default=None)
    return next((answer for answer in fresh if answer.score >= min_probability), None)


def _reply(bot: Bot, asked: Asked, verdict: Verdict) -> Suggestion | None:
    """Return the reply that says more than any passage: filled in from the order of a buyer who is proven.

    Only one that the policy names, made for the one thing that was asked, in the customer's language, and not said yet.
    """
    choice, decision = asked.question.choice, asked.decision
    by_article = choice is not None and choice.kind is ChoiceKind.ARTICLE
    if not (verdict.may_reply and asked.buyer_proven) or by_article or decision.also:
        return None
    if _sureness(asked) < verdict.min_probability:
        return None
    for reply in decision.suggestions:
        fits = reply.template in bot.policy.reply_templates and reply.order_state and reply.intent == decision.intent
        if fits and reply.language == asked.language and not was_said(reply.text, asked):
            return reply
    return None


def _sureness(asked: Asked) -> float:
    """Return how sure the intent is; one that the customer chose is certain."""
    choice = asked.question.choice
    if choice is not None and choice.kind is ChoiceKind.INTENT:
        return 1.0
    decision = asked.decision
    return next((intent.probability for intent in decision.intents if intent.name == decision.intent), 0.0)


def _clarify(bot: Bot, asked: Asked, fresh: Sequence[Answer], min_probability: float) -> BotAnswer | None:
    """Ask back where that is worth the customer's patience."""
    least = min_probability * bot.policy.ask_back_from
    choices = offered(bot, asked, fresh, least)
    if choices is None:
        return None
    best = max((answer.score for answer in fresh), default=0.0)
    name = "choose" if len(choices) > 1 else "confirm" if choices else "clarify"
    return replace(_said(bot, asked, Action.CLARIFY, name, best if best >= least else 0.0), choices=choices)


def _surest(asked: Asked) -> float:
    return asked.decision.intents[0].probability if asked.decision.intents else 0.0


def _hand_off(bot: Bot, asked: Asked, probability: float, verdict: Verdict) -> BotAnswer:
    """Pass the customer on, with the hour at which somebody is back where that may be said."""
    team, message, language = asked.team, asked.message, asked.language
    said = _said(bot, asked, Action.HAND_OFF, "self_harm" if verdict.why is Why.SELF_HARM else "hand_off", probability)
    text = said.text
    if (
        verdict.why is not Why.SELF_HARM
        and team.opens_at is not None
        and bot.policy.says_hours(message.channel, message.marketplace)
    ):
        text = f"{text} {bot.speech.back_at(team.opens_at, team.time_zone, language, message.market)}"
    return replace(said, text=text, why=verdict.why, rule=verdict.rule, draft=draft(asked, verdict.why, bot))


def take_up(bot: Bot, asked: Asked, chosen: BotAnswer, earlier: Earlier, now: datetime) -> tuple[Asked, BotAnswer]:
    """Complete a hand-off with what was said before; where the earlier question's team takes over, its hours are told.

    Args:
        bot: The shop's policy, and its words.
        asked: The question, with what is known of it.
        chosen: The hand-off.
        earlier: What the customer said before.
        now: When the question was asked, where it does not say so.

    """
    asked = replace(asked, earlier=earlier)
    if earlier.decision is None:
        return asked, chosen
    name = earlier.decision.routing.team
    team = TeamTime.of(name, bot.router.office_of(name), asked.message.sent_at or now)
    asked = replace(asked, team=team)
    return asked, _hand_off(bot, asked, chosen.probability, Verdict(False, 1.0, chosen.why, chosen.rule))


def answers_back(question: QuestionIn, speech: Speech) -> bool:
    """Say whether a question answers one of the bot's."""
    turns = [turn for turn in question.conversation if turn.role != "customer"]
    return bool(turns) and _was_asked_back(turns[-1:], speech)


def _was_asked_back(turns: Iterable[Turn], speech: Speech) -> bool:
    return any(
        turn.action is Action.CLARIFY or (turn.action is None and speech.was_asked(turn.text))
        for turn in turns
        if turn.role == "bot"
    )


def customer_turns(turns: Iterable[Turn]) -> tuple[str, ...]:
    """Return what the customer said, the oldest first."""
    return tuple(turn.text for turn in turns if turn.role == "customer")


def _key(question: QuestionIn, first_words: str) -> str:
    """Return what names the conversation: its number, else the customer, else what was said first."""
    who = question.customer
    named = (question.conversation_id, who and who.id, who and who.email, who and who.phone)
    return next((name for name in named if name), first_words)
