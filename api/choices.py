"""What a customer takes of what the bot offered, or that nothing fits: by a choice that is sent back, or in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.sayable import plain
from api.schemas.bots import Action, ChoiceIn, ChoiceKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.bot_speech import Speech
    from api.schemas.bots import QuestionIn, Turn

MOST_DIGITS = 2
"""A choice's number has so many at most."""

NOTHING = ChoiceIn(kind=ChoiceKind.NONE)


def with_choice(question: QuestionIn, speech: Speech) -> QuestionIn:
    """Return the question with the choice that its words take of those that the bot's last turn offered.

    The choice's label then stands for the words: "yes" and "2" say nothing by themselves.
    """
    if question.choice is not None:
        return question
    if speech.says_no(question.question) and _offered(question.conversation):
        return question.model_copy(update={"choice": NOTHING})
    choice = taken(question.question, _offered(question.conversation), speech)
    if choice is None:
        return question
    return question.model_copy(update={"choice": choice, "question": choice.label or question.question})


def taken(words: str, offered: Sequence[ChoiceIn], speech: Speech) -> ChoiceIn | None:
    """Return the choice that words take: its label, its number, or a yes where there is only one."""
    said = plain(words).casefold()
    for choice in offered:
        if choice.label and plain(choice.label).casefold() == said:
            return choice
    number = said.rstrip(".)")
    # Digits of any script; a superscript is a digit, too, and no number.
    if number.isdecimal() and 1 <= int(number[:9]) <= len(offered):
        return offered[int(number) - 1]
    return offered[0] if len(offered) == 1 and speech.says_yes(words) else None


def refused(question: QuestionIn, speech: Speech) -> frozenset[str]:
    """Name the articles that were offered last, where the customer says that nothing of it fits."""
    choice = question.choice
    none = choice.kind is ChoiceKind.NONE if choice is not None else speech.says_no(question.question)
    offered = _offered(question.conversation) if none else ()
    return frozenset(one.value for one in offered if one.kind is ChoiceKind.ARTICLE)


def says_nothing(question: QuestionIn, speech: Speech) -> bool:
    """Say whether words answer what the bot asked, and tell nothing of what is wanted: yes, no, a number, a title.

    A longer number is an order's, which the bot asks for.
    """
    words, choice = question.question, question.choice
    number = plain(words).rstrip(".)")
    counts = number.isdecimal() and len(number) <= MOST_DIGITS and bool(_offered(question.conversation))
    bare = counts or speech.says_yes(words) or speech.says_no(words)
    return bare or is_title(words, choice) or (choice is not None and choice.kind is ChoiceKind.NONE)


def is_title(words: str, choice: ChoiceIn | None) -> bool:
    """Say whether words are no more than the title of an article that was chosen."""
    return choice is not None and choice.kind is ChoiceKind.ARTICLE and plain(words) == plain(choice.label or "")


def own_words(turns: Sequence[Turn], speech: Speech) -> Iterator[str]:
    """Give what the customer said, the oldest first; to take an article is not to say what it is called."""
    for place, turn in enumerate(turns):
        if turn.role == "customer" and turn.text.strip():
            offered = _offered(turns[:place])
            choice = taken(turn.text, offered, speech)
            article = choice is not None and choice.kind is ChoiceKind.ARTICLE
            if not (article or (offered and speech.says_no(turn.text))):
                yield turn.text


def _offered(turns: Sequence[Turn]) -> Sequence[ChoiceIn]:
    last = next((turn for turn in reversed(turns) if turn.text.strip()), None)
    return last.choices if last is not None and last.role == "bot" and last.action is Action.CLARIFY else ()
