"""The Liquid engine of reply templates: a small part of the language, with limits on time and memory."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from liquid import Environment
from liquid.builtin import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    content,
    for_tag,
    if_tag,
    illegal,
    inline_comment_tag,
    unless_tag,
)
from liquid.builtin.filters.misc import default
from liquid.builtin.filters.string import append, capitalize, downcase, prepend, strip, truncate, upcase
from liquid.exceptions import UndefinedError
from liquid.undefined import Undefined

from replies.filters import and_list, day, money
from replies.words import WordsOutput, of_words

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SOURCE_CHARACTERS = 20_000
"""No reply is longer; the bound keeps parsing short whatever is written."""

TAGS = (
    content.Literal,
    WordsOutput,
    illegal.Illegal,
    if_tag.IfTag,
    unless_tag.UnlessTag,
    case_tag.CaseTag,
    for_tag.ForTag,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    assign_tag.AssignTag,
    capture_tag.CaptureTag,
    comment_tag.CommentTag,
    inline_comment_tag.InlineCommentTag,
)

TAG_NAMES = frozenset(
    {
        *("if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase", "for", "endfor"),
        *("break", "continue", "assign", "capture", "endcapture", "comment", "endcomment", "#"),
    }
)
"""Every word that may follow `{%`."""

# Left out on purpose: filters whose result can be the product of two inputs (`replace`, `join` over a range,
# `date` with a wide format), for the engine's limits look at a value only after it was built.
FILTERS = {
    "day": day,
    "money": money,
    "and_list": and_list,
    "default": default,
    "append": of_words(append),
    "prepend": of_words(prepend),
    "capitalize": of_words(capitalize),
    "downcase": of_words(downcase),
    "upcase": of_words(upcase),
    "strip": of_words(strip),
    "truncate": of_words(truncate),
}


class Missing(Undefined):
    """A slot without a value: false in a condition, an error wherever its text would be needed."""

    __slots__ = ()

    # The `default` filter reads this name: a missing slot takes the default.
    force_liquid_default = True

    def __str__(self) -> str:
        raise UndefinedError(self.hint or f"{self.name} is missing", token=self.token)

    def __iter__(self) -> Iterator[Any]:
        raise UndefinedError(self.hint or f"{self.name} is missing", token=self.token)

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Undefined)

    def __hash__(self) -> int:
        return hash(self.name)


class ReplyEnvironment(Environment):
    """Liquid with the tags and filters that replies need, and with bounds that no template can pass."""

    block_nesting_limit: ClassVar[int] = 15
    context_depth_limit: ClassVar[int] = 20
    loop_iteration_limit: ClassVar[int | None] = 200
    local_namespace_limit: ClassVar[int | None] = 20_000
    output_stream_limit: ClassVar[int | None] = 20_000
    logical_not_operator: bool = True
    logical_parentheses: bool = True

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Register only what `TAGS` and `FILTERS` name; nothing loads another template."""
        for tag in TAGS:
            self.add_tag(tag)
        for name, function in FILTERS.items():
            self.add_filter(name, function)


@cache
def environment() -> ReplyEnvironment:
    """Return the one environment that all templates are compiled in."""
    return ReplyEnvironment(undefined=Missing, strict_filters=True)
