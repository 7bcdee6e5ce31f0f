"""Reply templates: Liquid with front matter, parsed and compiled once, filled many times."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

from liquid import RenderContext
from liquid.exceptions import LiquidError

from replies.compiling import Compiled, compile_liquid
from replies.engine import MAX_SOURCE_CHARACTERS
from replies.matter import Matter, parse_matter
from replies.words import BareValueError
from tickets.errors import InvalidInputError
from tickets.records import Channel

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from replies.slots import Slots

_SPACES_AT_LINE_END = re.compile(r"[ \t]+(?=\n|\Z)")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A reply template; its Liquid is compiled once, when it is read or when it is first used.

    `channels` is empty where every channel is allowed, `when` is None where the template always fits, `draft` is True
    where the file says that nobody has approved it.
    """

    id: str
    intent: str
    language: str
    title: str
    body: str
    channels: tuple[Channel, ...] = ()
    when: str | None = None
    version: int = 1
    brand: str | None = None
    source: str = ""
    owner: str | None = None
    review_date: date | None = None
    draft: bool = False
    _compiled: Callable[[], Compiled] = field(kw_only=True, repr=False)

    @property
    def slots(self) -> frozenset[tuple[str, ...]]:
        """The variables, as paths, that the template writes whatever its conditions say."""
        return self._compiled().slots

    @property
    def conditions(self) -> frozenset[tuple[str, ...]]:
        """The variables, as paths, that `when` asks for."""
        return self._compiled().conditions

    @property
    def variant(self) -> str:
        """The part of the id after the intent."""
        return self.id[len(self.intent) + 1 :]

    def allows(self, channel: Channel | None) -> bool:
        """Say whether the template may go out through a channel; an unknown one is taken for e-mail."""
        return not self.channels or (channel or Channel.EMAIL) in self.channels

    def fits(self, values: Slots) -> bool:
        """Say whether the condition of the template holds for the values of `replies.slots.slots`."""
        compiled = self._compiled()
        if compiled.condition is None:
            return True
        try:
            return bool(compiled.condition.evaluate(RenderContext(compiled.text, globals=values)))
        except LiquidError:
            return False

    def missing(self, values: Slots) -> str | None:
        """Return the slot that the template cannot do without and that has no value, of several the first by name."""
        for path in sorted(self.slots):
            found: object = values
            for part in path:
                found = found.get(part) if isinstance(found, dict) else None
            if found is None:
                return ".".join(path)
        return None

    def bare(self, values: Slots) -> str | None:
        """Say what the template would write as a machine does, None where nothing: for those who write templates."""
        try:
            self._compiled().text.render(values)
        except BareValueError as error:
            return str(error.message)
        except LiquidError:
            pass
        return None

    def render(self, values: Slots) -> str | None:
        """Fill the template; None where a slot that it would write has no value or a limit is passed."""
        if self.missing(values):
            return None
        try:
            text = self._compiled().text.render(values)
        except LiquidError:
            return None
        return _BLANK_LINES.sub("\n\n", _SPACES_AT_LINE_END.sub("", text)).strip() or None


def parse_template(text: str, source: str, *, check: bool = True) -> Template:
    """Read a template file.

    Args:
        text: Front matter between lines of `---`, then Liquid.
        source: Where it comes from, for messages: a path or a name.
        check: Compile the Liquid now. Without it that happens, and may fail, when the template is first used.

    Raises:
        InvalidInputError: It cannot be used; the message names every problem as `source:line: …`.

    """
    if len(text) > MAX_SOURCE_CHARACTERS:
        raise InvalidInputError(
            f"{source}:1: the template has {len(text):,} characters; at most {MAX_SOURCE_CHARACTERS:,} are allowed",
            field=f"{source}:1",
            hint="Shorten it; a reply of that length is not read.",
        )
    matter, body, first_line = parse_matter(text, source)
    return template_of(matter, body, source, first_line=first_line, check=check)


def template_of(matter: Matter, body: str, source: str, *, first_line: int = 1, check: bool = True) -> Template:
    """Make a template of front matter that was read already and its Liquid; see `parse_template`.

    Raises:
        InvalidInputError: It cannot be used; the message names every problem as `source:line: …`.

    """
    compiled = cache(partial(compile_liquid, matter, body, first_line, source))
    if check:
        compiled()
    return Template(
        id=matter.id,
        intent=matter.intent,
        language=matter.language,
        title=matter.title,
        body=body,
        channels=matter.channels,
        when=matter.when,
        version=matter.version,
        brand=matter.brand,
        source=source,
        owner=matter.owner,
        review_date=matter.review_date,
        draft=matter.draft,
        _compiled=compiled,
    )
