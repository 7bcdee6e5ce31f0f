"""What a chatbot says of its own: its sentences in the customer's language, and times as people there write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

import yaml
from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from pydantic import Field, StringConstraints, model_validator

from models.text.folding import fold
from replies.filters import locale_of
from tickets.rulefile import Rules, read_rules

SHIPPED = Path(__file__).with_name("bot_phrases.yaml")
INTENT_NAMES = Path(__file__).with_name("intent_names.yaml")
OWN_FILE = "bot_phrases.yaml"
DEFAULT_LANGUAGE = "en"

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
# What customers say; all else the bot says.
_REPLIES = ("agrees", "declines")
# With these the bot asks back.
_ASKING = ("clarify", "choose", "confirm")
# What is filled in, and where it must stand.
_PLACES: Mapping[str, str] = {"back_at": "{when}", "elsewhere": "{language}"}


class Sentences(Rules):
    """The sentences of one language; what is left out is as shipped.

    `agrees` and `declines` are what customers say to what was offered, not what the bot says.
    """

    clarify: Sentence | None = None
    choose: Sentence | None = None
    confirm: Sentence | None = None
    hand_off: Sentence | None = None
    back_at: Sentence | None = None
    elsewhere: Sentence | None = None
    self_harm: Sentence | None = None
    thanks: Sentence | None = None
    agrees: tuple[Sentence, ...] | None = None
    declines: tuple[Sentence, ...] | None = None

    @model_validator(mode="after")
    def _places_stand(self) -> Sentences:
        for name, place in _PLACES.items():
            said = getattr(self, name)
            if said is not None and place not in said:
                raise ValueError(f"{name} needs {place}, where it is filled in")
        return self


class PhraseFile(Rules):
    """The whole file: sentences by language."""

    guide: ClassVar[str] = "docs/chatbots.md"

    phrases: Mapping[Code, Sentences] = Field(default_factory=dict)


class Speech:
    """The bot's sentences: a shop's own laid over the shipped ones, English where a language has none."""

    def __init__(
        self, sentences: Mapping[str, Mapping[str, str]], yes: Iterable[str] = (), no: Iterable[str] = ()
    ) -> None:
        self._sentences = sentences
        self._yes, self._no = (frozenset(map(_bare, words)) for words in (yes, no))

    @classmethod
    def load(cls, own: Path | None = None) -> Speech:
        """Load the shipped sentences, and a shop's own ones from a file.

        Raises:
            InvalidInputError: A file is unreadable or wrong; names file, place and remedy.
        """
        found: dict[str, dict[str, str]] = {}
        replies: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in _REPLIES}
        for path in (SHIPPED, own):
            if path is None:
                continue
            for language, sentences in read_rules(path, PhraseFile).phrases.items():
                found.setdefault(language, {}).update(sentences.model_dump(exclude_none=True, exclude=set(_REPLIES)))
                for name, said in sentences.model_dump(exclude_none=True, include=set(_REPLIES)).items():
                    replies[name][language] = said
        return cls(found, *(chain.from_iterable(replies[name].values()) for name in _REPLIES))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have sentences of their own."""
        return tuple(self._sentences)

    def say(self, name: str, language: str) -> str:
        """Return a sentence by its name in the file."""
        return self._sentences[self.spoken(name, language)][name]

    def spoken(self, name: str, language: str) -> str:
        """Return the language in which a sentence is said: the one asked for where there is one in it, else English."""
        return language if self._sentences.get(language, {}).get(name) else DEFAULT_LANGUAGE

    def back_at(self, moment: datetime, time_zone: str, language: str, market: str | None = None) -> str:
        """Say when the team is back: day and time where it works, with the name of that place."""
        locale, zone = locale_of(self.spoken("back_at", language), market), ZoneInfo(time_zone)
        local = moment.astimezone(zone)
        place = get_timezone_location(zone, locale=locale, return_city=True) if "/" in time_zone else time_zone
        when = f"{format_date(local, 'full', locale=locale)}, {format_time(local, 'short', locale=locale)} ({place})"
        return self.say("back_at", language).replace("{when}", when)

    def elsewhere(self, passage_language: str, language: str) -> str:
        """Lead in a passage in a language that the customer does not write."""
        name = self.name_of(passage_language, self.spoken("elsewhere", language))
        return self.say("elsewhere", language).replace("{language}", name)

    @staticmethod
    def name_of(code: str, language: str) -> str:
        """Name a language in another one, as "Englisch"; its code where there is no such name."""
        name: str = Locale.parse(locale_of(language, None)).languages.get(code, code)
        return name

    def says_yes(self, text: str) -> bool:
        """Say whether words are a bare yes, in any language."""
        return _bare(text) in self._yes

    def says_no(self, text: str) -> bool:
        """Say whether words are a bare no, in any language."""
        return _bare(text) in self._no

    def was_asked(self, text: str) -> bool:
        """Say whether a sentence is one with which the bot asks back, in any language."""
        return any(text.strip() in map(said.get, _ASKING) for said in self._sentences.values())


def _bare(text: str) -> str:
    """Return words as they are compared: no case, no accents, no signs."""
    return " ".join("".join(char if char.isalnum() else " " for char in fold(text)).split())


@cache
def intent_names() -> Mapping[str, Mapping[str, str]]:
    """Return what customers call the intents, by intent and language."""
    loaded: Mapping[str, Mapping[str, str]] = yaml.safe_load(INTENT_NAMES.read_text(encoding="utf-8"))
    return loaded
