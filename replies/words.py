"""Only words reach a customer: a date, an amount, a list or a record as a machine writes it stops the reply.

The checks of a template see what it writes directly; what it assigns or loops over first is seen here, when it is
filled.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, Any, TextIO

from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import LiquidTypeError
from liquid.stringify import to_liquid_string
from liquid.undefined import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable

    from liquid import RenderContext


_NAMES: tuple[tuple[type, str], ...] = (
    (date, "a date"),
    (Decimal, "an amount"),
    (bool, "a truth value"),
    (dict, "a record"),
    (list, "a list"),
)


class BareValueError(LiquidTypeError):
    """A value would be written as a machine writes it."""


def is_words(value: object) -> bool:
    """Say whether a value can be written as it is; one that is missing is told of by itself."""
    return value is None or (isinstance(value, (str, int, float, Undefined)) and not isinstance(value, bool))


def of_words(text_filter: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter of texts that takes nothing else: Liquid's own write out whatever they are given."""

    @wraps(text_filter)
    def strict(value: object, *arguments: object) -> object:
        for given in (value, *arguments):
            _need_words(given)
        return text_filter(value, *arguments)

    return strict


def _need_words(value: object) -> None:
    if not is_words(value):
        name = next((name for kind, name in _NAMES if isinstance(value, kind)), f"a {type(value).__name__}")
        raise BareValueError(f"{name} is written as a machine writes it", token=None)


class WordsNode(OutputNode):
    """An output that writes words only."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the value, or refuse it."""
        value = self.expression.evaluate(context)
        _need_words(value)
        return buffer.write(to_liquid_string(value, context.autoescape))


class WordsOutput(Output):
    """The output statement of replies."""

    node_class = WordsNode
