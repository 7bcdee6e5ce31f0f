"""Reply templates: Liquid with front matter, parsed and compiled once, filled many times."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from liquid import RenderContext
from liquid.builtin.tags.if_tag import IfNode
from liquid.exceptions import LiquidError

from replies.checks import Problem, problems_of, required_slots, variables
from replies.engine import MAX_SOURCE_CHARACTERS, TAG_NAMES, environment
from replies.matter import Matter, parse_matter
from replies.scan import scan
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from liquid import BoundTemplate
    from liquid.expression import Expression
    from liquid.static_analysis import TemplateAnalysis

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
    return compile_template(*parse_matter(text, source), source)


def compile_template(matter: Matter, body: str, first_line: int, source: str) -> Template:
    """Compile a template whose front matter was read already.

    Args:
        matter: Its checked fields.
        body: Its Liquid.
        first_line: The line of `source` on which the body starts, for messages.
        source: Where it comes from.

    Raises:
        InvalidInputError: It cannot be used; the message names every problem as `source:line: …`.

    """
    problems: list[Problem] = []
    condition = _compile_condition(matter, problems)
    if not body.strip():
        problems.append(Problem(first_line, "the template has no text"))
    compiled = _parse(body, first_line)
    problems.extend(compiled.problems)
    if compiled.template is None or compiled.analysis is None or problems:
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
        slots=required_slots(compiled.template, compiled.analysis),
        conditions=variables(condition.analysis) if condition and condition.analysis else frozenset(),
        _compiled=compiled.template,
        _condition=_expression(condition.template) if condition and condition.template else None,
    )


@dataclass(frozen=True, slots=True)
class _Compiled:
    """Liquid that was compiled and looked through, or the problems that it has."""

    template: BoundTemplate | None
    analysis: TemplateAnalysis | None
    problems: tuple[Problem, ...]


def _parse(liquid: str, first_line: int) -> _Compiled:
    """Compile Liquid that starts on `first_line` of its file."""
    problems = _moved(scan(liquid, TAG_NAMES), first_line)
    if problems:
        return _Compiled(None, None, problems)
    try:
        template = environment().from_string(liquid)
    except LiquidError as error:
        message = str(error.message or "this is no Liquid")
        return _Compiled(None, None, (Problem(first_line + _error_line(error), message),))
    analysis = template.analyze()
    return _Compiled(template, analysis, _moved(problems_of(template, analysis, liquid), first_line))


def _moved(problems: list[Problem], first_line: int) -> tuple[Problem, ...]:
    return tuple(Problem(first_line + problem.line - 1, problem.message) for problem in problems)


# Twelve languages share the same few conditions; expressions hold no state, so that templates can share them.
@lru_cache(maxsize=512)
def _parse_condition(condition: str) -> _Compiled:
    return _parse("{% if " + condition + " %}1{% endif %}", 1)


def _error_line(error: LiquidError) -> int:
    """Return how many lines below the first the error stands."""
    if error.token is None:
        return 0
    return error.token.source.count("\n", 0, max(error.token.start_index, 0))


def _compile_condition(matter: Matter, problems: list[Problem]) -> _Compiled | None:
    if matter.when is None:
        return None
    line = matter.lines.get("when", 1)
    if "%}" in matter.when or "\n" in matter.when:
        problems.append(Problem(line, "when is one condition, without tags or line breaks"))
        return None
    compiled = _parse_condition(matter.when)
    problems.extend(Problem(line, f"when: {problem.message}") for problem in compiled.problems)
    return compiled


def _expression(condition: BoundTemplate) -> Expression:
    node = condition.nodes[0]
    if not isinstance(node, IfNode):  # pragma: no cover - `_compile_condition` wrote the tag itself
        raise TypeError(type(node).__name__)
    return node.condition


def _refusal(source: str, problems: list[Problem]) -> InvalidInputError:
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: problem.line)
    lines = "\n".join(f"{source}:{problem.line}: {problem.message}" for problem in ordered)
    return InvalidInputError(
        lines, field=f"{source}:{ordered[0].line}", hint="docs/templates.md lists the variables and filters."
    )
