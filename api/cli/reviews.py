"""`deskhand kb review`: what is to be looked at again, and what a changed policy touches."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import note, say, table

if TYPE_CHECKING:
    from datetime import date

    from api.wiring import Services


def review(
    changed: Annotated[
        str | None, typer.Option("--changed", metavar="ARTICLE", help="List what a change of this article touches.")
    ] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="List what is due until this day; today if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Print articles, procedures and templates whose review date has come, or what a changed article touches."""
    from api.cli.house import opened

    if changed is not None and before is not None:
        raise typer.BadParameter("--changed and --before do not go together", param_hint="--before")
    with opened() as services:
        if changed is not None:
            _touched(services, changed, as_json=as_json)
        else:
            today = services.today()
            _due(services, before.date() if before else today, today, as_json=as_json)


def _due(services: Services, day: date, today: date, *, as_json: bool) -> None:
    from api.reviews import due, due_body

    found = [due_body(entry, today) for entry in due(services, day)]
    if as_json:
        _say_json(found)
    elif found:
        rows = [
            [str(entry["review_date"]), entry["kind"], f"{entry['id']} ({entry['language']})", entry["owner"] or "–"]
            for entry in found
        ]
        say(table(("due", "kind", "id", "owner"), rows))
    else:
        note(f"Nothing is due until {day}. Articles, procedures and templates say when in `review_date: 2026-12-31`.")


def _touched(services: Services, article_id: str, *, as_json: bool) -> None:
    from api.reviews import touched, touched_body

    found = [touched_body(entry) for entry in touched(services, article_id)]
    if as_json:
        _say_json(found)
        return
    rows = [
        [entry["kind"], f"{entry['id']} ({', '.join(entry['languages'])})", entry["owner"] or "–", _why(entry["why"])]
        for entry in found
    ]
    say(table(("kind", "id", "owner", "why"), rows))


def _why(reasons: tuple[str, ...]) -> str:
    return "; ".join(reasons)


def _say_json(items: list[dict[str, object]]) -> None:
    from api.rendering import json_bytes

    say(json_bytes({"items": items, "next": None}).decode())
