"""`deskhand models`: which bundle decides, and which ones could."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import say, table

if TYPE_CHECKING:
    from collections.abc import Mapping

models = typer.Typer(help="The registry of trained bundles.", no_args_is_help=True)


@models.command("list")
def list_models() -> None:
    """Show the shipped bundle and the versions in the registry, the active one marked."""
    from api.cli.house import settings
    from models.registry import list_versions

    rows = [
        ["*" if entry.active else "", entry.version, entry.name, entry.created, _accuracy(entry.metrics)]
        for entry in list_versions(settings().home)
    ]
    say(table(["", "VERSION", "BUNDLE", "MADE", "INTENT"], rows))


@models.command("promote")
def promote_model(
    version: Annotated[str, typer.Argument(help="A version in the registry, a trained bundle's folder, or 'shipped'.")],
) -> None:
    """Let another bundle decide from the next start on."""
    from api.cli.house import settings
    from models.registry import promote

    entry = promote(settings().home, version)
    say(f"{entry.version} is active from the next start on.")


@models.command("rollback")
def rollback_model() -> None:
    """Go back to the bundle that was active before."""
    from api.cli.house import settings
    from models.registry import rollback

    entry = rollback(settings().home)
    say(f"{entry.version} is active again from the next start on.")


@models.command("prior")
def prior(
    file: Annotated[Path, typer.Argument(help="Unlabelled messages: JSON lines with `text`, or a text a line.")],
    save: Annotated[bool, typer.Option("--save", help="Keep it: decisions are corrected from the next start on.")] = (
        False
    ),
) -> None:
    """Estimate how often each intent comes in, from a few hundred or more of the shop's own messages."""
    from api.cli.prior import estimate_from

    for line in estimate_from(file, save=save):
        say(line)


def _accuracy(metrics: Mapping[str, object]) -> str:
    value = metrics.get("intent_top1")
    return f"{value:.1%}" if isinstance(value, float) else "-"
