"""Reply templates: Liquid with front matter, parsed and compiled once, filled many times."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from liquid import RenderContext
from liquid.builtin.tags.if_tag import IfNode
from liquid.exceptions import LiquidError

from replies.checks import Problem, required_slots, unformatted, unknown_filters, unknown_variables, variables
from replies.engine import MAX_SOURCE_CHARACTERS, environment
from replies.matter import Matter, parse_matter
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from liquid import BoundTemplate
    from liquid.expression import Expression

    from replies.slots import Slots
    from tickets.records import Channel

_SPACES_AT_LINE_END = re.compile(r"[ \t]+(?=\n|\Z)")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A compiled reply template.

    `channels` is empty where every channel is allowed, `when` is None where the template always fits. `slots` are the
    variables that it writes whatever its `{% if %}` say, `conditions` those that `when` asks for, both as paths.
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
    slots: frozenset[tuple[str, ...]] = frozenset()
    conditions: frozenset[tuple[str, ...]] = frozenset()
    _compiled: BoundTemplate | None = field(default=None, repr=False)
    _condition: Expression | None = field(default=None, repr=False)

    @property
    def variant(self) -> str:
        """The part of the id after the intent."""
        return self.id[len(self.intent) + 1 :]

    def allows(self, channel: Channel | None) -> bool:
        """Say whether the template may go out through a channel; an unknown channel excludes nothing."""
        return not self.channels or channel is None or channel in self.channels

    def fits(self, values: Slots) -> bool:
        """Say whether the condition of the template holds for the values of `replies.slots.slots`."""
        if self._condition is None or self._compiled is None:
            return True
        try:
            return bool(self._condition.evaluate(RenderContext(self._compiled, globals=values)))
        except LiquidError:
            return False

    def missing(self, values: Slots) -> str | None:
        """Return the first slot that the template cannot do without and that has no value."""
        for path in self.slots:
            found: object = values
            for part in path:
                found = found.get(part) if isinstance(found, dict) else None
            if found is None:
                return ".".join(path)
        return None

    def render(self, values: Slots) -> str | None:
        """Fill the template; None where a slot that it would write has no value or a limit is passed."""
        if self._compiled is None or self.missing(values):
            return None
        try:
            text = self._compiled.render(values)
        except LiquidError:
            return None
        return _BLANK_LINES.sub("\n\n", _SPACES_AT_LINE_END.sub("", text)).strip() or None


def parse_template(text: str, source: str) -> Template:
    """Read a template file.

    Args:
        text: Front matter between lines of `---`, then Liquid.
        source: Where it comes from, for messages: a path or a name.

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
    problems: list[Problem] = []
    condition = _compile_condition(matter, problems)
    compiled = _compile(body, first_line, problems)
    if compiled is None or problems:
        raise _refusal(source, problems)
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
        slots=required_slots(compiled),
        conditions=variables(condition) if condition else frozenset(),
        _compiled=compiled,
        _condition=_expression(condition) if condition else None,
    )


def _parse(liquid: str, first_line: int, problems: list[Problem]) -> BoundTemplate | None:
    """Compile Liquid that starts on `first_line` of its file; what is wrong is added to `problems`."""
    try:
        compiled = environment().from_string(liquid)
    except LiquidError as error:
        problems.append(Problem(first_line + _error_line(error), str(error.message or "this is no Liquid")))
        return None
    checks = (unknown_variables, unknown_filters, unformatted)
    found = [problem for check in checks for problem in check(compiled, liquid)]
    problems.extend(Problem(first_line + problem.line - 1, problem.message) for problem in found)
    return compiled


def _error_line(error: LiquidError) -> int:
    """Return how many lines below the first the error stands."""
    if error.token is None:
        return 0
    return error.token.source.count("\n", 0, max(error.token.start_index, 0))


def _compile(body: str, first_line: int, problems: list[Problem]) -> BoundTemplate | None:
    if not body.strip():
        problems.append(Problem(first_line, "the template has no text"))
        return None
    return _parse(body, first_line, problems)


def _compile_condition(matter: Matter, problems: list[Problem]) -> BoundTemplate | None:
    if matter.when is None:
        return None
    if "%}" in matter.when or "\n" in matter.when:
        problems.append(Problem(matter.lines["when"], "when is one condition, without tags or line breaks"))
        return None
    found: list[Problem] = []
    compiled = _parse("{% if " + matter.when + " %}1{% endif %}", matter.lines["when"], found)
    problems.extend(Problem(problem.line, f"when: {problem.message}") for problem in found)
    return compiled


def _expression(condition: BoundTemplate) -> Expression:
    node = condition.nodes[0]
    if not isinstance(node, IfNode):  # pragma: no cover - `_compile_condition` wrote the tag itself
        raise TypeError(type(node).__name__)
    return node.condition


def _refusal(source: str, problems: list[Problem]) -> InvalidInputError:
    ordered = sorted(problems, key=lambda problem: problem.line)
    lines = "\n".join(f"{source}:{problem.line}: {problem.message}" for problem in ordered)
    return InvalidInputError(
        lines, field=f"{source}:{ordered[0].line}", hint="docs/templates.md lists the variables and filters."
    )
