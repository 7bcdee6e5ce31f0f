"""What stands between a message and a better reply: "needs order number", with the question to the customer for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from tickets.rulefile import read_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from replies.slots import Slots
    from replies.templates import Template

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Question:
    """What a customer can tell, in an agent's words, and the variants of an intent that ask for it."""

    says: str
    asked_in: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of `needs.yaml`."""

    no_order: Question
    order_not_proven: Question
    slots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Needs:
    """What the templates of an intent lack; `asked_in` is empty where no customer could tell it."""

    names: tuple[str, ...] = ()
    asked_in: frozenset[str] = frozenset()

    def asks(self, template: Template) -> bool:
        """Say whether a template asks the customer for it."""
        return template.variant in self.asked_in


NOTHING = Needs()


@cache
def wording() -> Wording:
    """Return the shipped words."""
    loaded = read_data((files("replies") / "needs.yaml").read_text(encoding="utf-8"))
    questions = {
        name: Question(loaded[name]["says"], frozenset(loaded[name]["asked_in"]))
        for name in ("no_order", "order_not_proven")
    }
    return Wording(**questions, slots=loaded["slots"])


def needs(templates: Iterable[Template], values: Slots) -> Needs:
    """Return what templates lack that fit an intent but cannot be filled.

    Args:
        templates: Those that cannot be offered as things stand.
        values: What is known.

    """
    words = wording()
    if "order" not in values:
        if not any(_is_about_an_order(template) for template in templates):
            return NOTHING
        question = words.order_not_proven if "message" in values else words.no_order
        return Needs((question.says,), question.asked_in)
    missing = (template.missing(values) for template in templates if template.fits(values))
    names = dict.fromkeys(words.slots.get(slot, slot) for slot in missing if slot is not None)
    return Needs(tuple(names)[:MOST_NAMED])


def _is_about_an_order(template: Template) -> bool:
    """Say whether a template speaks of an order's data; `when: not order` asks for none."""
    return any(path[0] == "order" and len(path) > 1 for path in template.slots | template.conditions)
