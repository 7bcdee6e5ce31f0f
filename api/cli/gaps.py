"""`deskhand kb gaps`: what customers ask and no article answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import note, say

if TYPE_CHECKING:
    from knowledge_base.gaps import Gap, GapReport

SHOWN = 20


def gaps(
    days: Annotated[int, typer.Option(min=14, max=365, help="How far back questions are read.")] = 30,
    unused_days: Annotated[int, typer.Option(min=1, max=365, help="An article unused for so long is named.")] = 90,
    min_size: Annotated[int, typer.Option(min=2, help="Least number of tickets in a group.")] = 3,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many groups.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, as GET /v1/articles/gaps.")] = False,
) -> None:
    """Print groups of questions that found no answer, articles that nobody needs, and articles that are rejected."""
    from api.cli.house import opened
    from api.gaps import gaps_body, make_report
    from knowledge_base.gaps import GapOptions

    with opened() as services:
        options = GapOptions(services.settings.min_answer_probability, days, unused_days, min_size, limit)
        report = make_report(services, options)
    if as_json:
        from api.rendering import json_bytes

        say(json_bytes(gaps_body(report)).decode())
        return
    _print(report)


def _print(report: GapReport) -> None:
    say(f"{report.asked} questions in {report.options.days} days, {report.unanswered} without an answer")
    if report.share < 1:
        note(f"{report.share:.1%} of the decisions were read, evenly chosen; numbers are estimates")
    for gap in report.gaps:
        _print_gap(gap)
    if not report.asked:
        note("No question is stored yet: they come in through POST /v1/messages and the connectors.")
    if report.unused:
        say(
            f"\nOf no use in {report.options.unused_days} days (found by no message, quoted by no chatbot, "
            "not read in the help centre):"
        )
        _print_since(report)
        _print_some([f"{entry.article} ({entry.language})  {entry.title}" for entry in report.unused])
    if report.doubtful:
        say("\nAnswers turned down:")
        lines = [
            f"{entry.article} ({entry.language})  {entry.rejected} of {entry.verdicts}" for entry in report.doubtful
        ]
        _print_some(lines)


def _print_since(report: GapReport) -> None:
    """Say where uses outside of tickets were not counted over the whole span: what was used before looks unused."""
    since, wanted = report.uses_since, report.made_at.date() - timedelta(days=report.options.unused_days)
    if since is None:
        note("No chatbot's answer and no page of the help centre was counted yet: earlier ones are not known.")
    elif since > wanted:
        note(f"Chatbots' answers and pages of the help centre are counted since {since}: earlier ones are not known.")


def _print_gap(gap: Gap) -> None:
    about = ", ".join((*gap.languages, *gap.intents))
    say(f"\n{gap.title or 'No common words'}  ({about})")
    say(f"  {gap.size} tickets; {gap.last_week} in the last 7 days, {gap.week_before} in the 7 before")
    if gap.internal:
        say(f"  answered for colleagues only, by the internal {', '.join(gap.internal)}")
    for example in gap.examples:
        say(f"  - {example}")


def _print_some(lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        say(f"  {line}")
    if len(lines) > SHOWN:
        say(f"  and {len(lines) - SHOWN} more: --json names all")
