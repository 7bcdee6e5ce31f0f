"""`deskhand models`: which bundle decides, and which ones could."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.output import note, say, table

models = typer.Typer(help="The registry of trained bundles.", no_args_is_help=True)


@models.command("list")
def list_models() -> None:
    """Show the versions in the registry, the active one marked."""
    from api.cli.house import settings
    from models.registry import list_versions

    versions = list_versions(settings().home)
    if not versions:
        note("The registry is empty: the bundle that ships with Deskhand decides.")
        return
    rows = [["*" if entry.active else "", entry.version, entry.name, str(entry.path)] for entry in versions]
    say(table(["", "VERSION", "BUNDLE", "PATH"], rows))


@models.command("promote")
def promote_model(
    version: Annotated[str, typer.Argument(help="A version in the registry, or the folder of a trained bundle.")],
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
    say(f"{entry.version} is active again from the next start on." if entry else "The shipped bundle decides again.")
