"""What can be told of a template without filling it: unknown names, unformatted dates and amounts, required slots."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from liquid import RenderContext
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.output import OutputNode

from replies.slots import AMOUNTS, DATES, LISTS, SLOTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from liquid import BoundTemplate
    from liquid.ast import Node
    from liquid.expression import Expression
    from liquid.static_analysis import TemplateAnalysis


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a template; `line` counts from 1 in the part that was checked."""

    line: int
    message: str


def _line(source: str, index: int) -> int:
    return source.count("\n", 0, max(index, 0)) + 1


def problems_of(template: BoundTemplate, analysis: TemplateAnalysis, source: str) -> list[Problem]:
    """Return all that is wrong in a template that compiled.

    Args:
        template: The compiled template.
        analysis: What `template.analyze()` gave; it takes longer than compiling, so that it is asked for once.
        source: The Liquid, for line numbers.

    """
    return [
        *_unknown_variables(analysis, source),
        *_unknown_filters(template, analysis, source),
        *_unformatted(template, source),
        *_ranges(template, source),
    ]


def _unknown_variables(analysis: TemplateAnalysis, source: str) -> list[Problem]:
    """Return the variables that no reply ever has a value for."""
    problems = []
    for name, uses in analysis.globals.items():
        for use in uses:
            reason = _unknown(name, use.segments[1:])
            if reason:
                problems.append(Problem(_line(source, use.span.index), reason))
    return problems


def _unknown_filters(template: BoundTemplate, analysis: TemplateAnalysis, source: str) -> list[Problem]:
    """Return the filters that the engine does not have; Liquid itself notices only when it fills."""
    known = template.env.filters
    problems: list[Problem] = []
    for name, uses in analysis.filters.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
            problems.extend(Problem(_line(source, use.index), f"unknown filter {name!r}; {remedy}") for use in uses)
    return problems


def _unknown(name: str, rest: Sequence[object]) -> str | None:
    if name not in SLOTS:
        near = get_close_matches(name, SLOTS, n=1)
        return f"unknown variable {name!r}; " + (
            f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(SLOTS))}"
        )
    fields = SLOTS[name]
    if not rest:
        return None
    field = rest[0]
    if not isinstance(field, str):
        return f"{name}[…]: name the field after a dot"
    if fields is not None and field not in fields:
        near = get_close_matches(field, fields, n=1)
        known = f"did you mean {name}.{near[0]}?" if near else f"known: {', '.join(sorted(fields)) or 'none'}"
        return f"unknown variable {name}.{field}; {known}"
    return None


def _outputs(nodes: list[Node], context: RenderContext) -> Iterator[OutputNode]:
    for node in nodes:
        if isinstance(node, OutputNode):
            yield node
        yield from _outputs(list(node.children(context)), context)


def _ranges(template: BoundTemplate, source: str) -> list[Problem]:
    """Return the ranges of a template: `reversed` writes one out in memory before any limit looks at it."""
    return [
        Problem(_line(source, expression.token.start_index), "ranges like (1..9) are no part of reply templates")
        for expression in _expressions(template.nodes, RenderContext(template))
        if isinstance(expression, RangeLiteral)
    ]


def _expressions(nodes: list[Node], context: RenderContext) -> Iterator[Expression]:
    waiting = list(nodes)
    found: list[Expression] = []
    while waiting:
        node = waiting.pop()
        found.extend(node.expressions())
        waiting.extend(node.children(context))
    while found:
        expression = found.pop()
        yield expression
        found.extend(expression.children())


def _output_path(node: OutputNode) -> tuple[tuple[object, ...], tuple[str, ...]]:
    """Return the segments of the variable that a node writes, and the names of its filters."""
    expression = node.expression
    if not isinstance(expression, FilteredExpression):
        return (), ()
    path = tuple(expression.left.path) if isinstance(expression.left, Path) else ()
    return path, tuple(item.name for item in expression.filters or ())


def _unformatted(template: BoundTemplate, source: str) -> list[Problem]:
    """Return outputs that would show a date, an amount or a list as a machine writes it."""
    problems = []
    for node in _outputs(template.nodes, RenderContext(template)):
        path, filters = _output_path(node)
        needed = _needed_filter(path)
        if needed and needed not in filters:
            name = ".".join(str(part) for part in path)
            remedy = f"write {{{{ {name} | {needed} }}}}" if needed in {"day", "money", "and_list"} else needed
            problems.append(
                Problem(_line(source, node.token.start_index), f"{name} is written without a filter: {remedy}")
            )
    return problems


def _needed_filter(path: tuple[object, ...]) -> str | None:
    if len(path) == 1 and path[0] in {"customer", "order", "shop", "agent", "answer"}:
        return "name a field after a dot"
    if len(path) != 2 or path[0] != "order" or not isinstance(path[1], str):
        return None
    field = path[1]
    if field in DATES:
        return "day"
    if field in AMOUNTS:
        return "money"
    if field in LISTS:
        return "and_list"
    return "loop over it with {% for %}" if field in {"items", "shipments"} else None


def required_slots(template: BoundTemplate, analysis: TemplateAnalysis) -> frozenset[tuple[str, ...]]:
    """Return the variables, as paths, that a template writes whatever its conditions say: it cannot do without them."""
    local = set(analysis.locals)
    required = set()
    for node in template.nodes:
        if not isinstance(node, OutputNode):
            continue
        path, filters = _output_path(node)
        if path and path[0] not in local and "default" not in filters and all(isinstance(part, str) for part in path):
            required.add(tuple(str(part) for part in path))
            if _takes_order_currency(node):
                required.add(("order", "currency"))
    return frozenset(required)


def _takes_order_currency(node: OutputNode) -> bool:
    expression = node.expression
    filters = expression.filters if isinstance(expression, FilteredExpression) else None
    return any(item.name == "money" and not item.args for item in filters or ())


def variables(analysis: TemplateAnalysis) -> frozenset[tuple[str, ...]]:
    """Return every variable that a template names, as paths."""
    return frozenset(tuple(str(part) for part in use.segments) for uses in analysis.globals.values() for use in uses)
