"""Compiling a template: its text and its condition, once, with all that is wrong named by line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from liquid.builtin.tags.if_tag import IfNode
from liquid.exceptions import LiquidError

from replies.checks import Problem, problems_of, required_slots, variables
from replies.engine import TAG_NAMES, environment
from replies.scan import scan
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from liquid import BoundTemplate
    from liquid.expression import Expression
    from liquid.static_analysis import TemplateAnalysis

    from replies.matter import Matter


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a template is filled with.

    `slots` are the variables that it writes whatever its `{% if %}` say, `conditions` those that `when` asks for, both
    as paths.
    """

    text: BoundTemplate
    condition: Expression | None
    slots: frozenset[tuple[str, ...]]
    conditions: frozenset[tuple[str, ...]]


def compile_liquid(matter: Matter, body: str, first_line: int, source: str) -> Compiled:
    """Compile the text and the condition of a template.

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
    parsed = _parse(body, first_line)
    problems.extend(parsed.problems)
    if parsed.template is None or parsed.analysis is None or problems:
        raise _refusal(source, problems)
    return Compiled(
        text=parsed.template,
        condition=_expression(condition.template) if condition and condition.template else None,
        slots=required_slots(parsed.template, parsed.analysis),
        conditions=variables(condition.analysis) if condition and condition.analysis else frozenset(),
    )


@dataclass(frozen=True, slots=True)
class _Parsed:
    """Liquid that was compiled and looked through, or the problems that it has."""

    template: BoundTemplate | None
    analysis: TemplateAnalysis | None
    problems: tuple[Problem, ...]


def _parse(liquid: str, first_line: int) -> _Parsed:
    """Compile Liquid that starts on `first_line` of its file."""
    problems = _moved(scan(liquid, TAG_NAMES), first_line)
    if problems:
        return _Parsed(None, None, problems)
    try:
        template = environment().from_string(liquid)
    except LiquidError as error:
        message = str(error.message or "this is no Liquid")
        return _Parsed(None, None, (Problem(first_line + _error_line(error), message),))
    analysis = template.analyze()
    return _Parsed(template, analysis, _moved(problems_of(template, analysis, liquid), first_line))


def _moved(problems: list[Problem], first_line: int) -> tuple[Problem, ...]:
    return tuple(Problem(first_line + problem.line - 1, problem.message) for problem in problems)


# Twelve languages share the same few conditions; expressions hold no state, so that templates can share them.
@lru_cache(maxsize=512)
def _parse_condition(condition: str) -> _Parsed:
    return _parse("{% if " + condition + " %}1{% endif %}", 1)


def _error_line(error: LiquidError) -> int:
    """Return how many lines below the first the error stands."""
    if error.token is None:
        return 0
    return error.token.source.count("\n", 0, max(error.token.start_index, 0))


def _compile_condition(matter: Matter, problems: list[Problem]) -> _Parsed | None:
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
