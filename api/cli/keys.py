"""`deskhand keys`: who may call the API."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.output import note, say

keys = typer.Typer(help="API keys.", no_args_is_help=True)

# Written out, so that `--help` need not load the store; a test compares.
ROLES = "admin, supervisor, agent, sales, warehouse, finance, bot, scientist"


@keys.callback()
def _group() -> None:
    """Keep `create` a sub-command even while it is the only one."""


@keys.command("create")
def create(
    role: Annotated[str, typer.Option(help=f"One of: {ROLES}.")],
    name: Annotated[str, typer.Option(help="What the key is for; shown in the audit trail.")] = "",
) -> None:
    """Make a key and print it, once: only its digest is stored."""
    if role not in ROLES.split(", "):
        raise typer.BadParameter(f"{role!r} is no role. Roles: {ROLES}", param_hint="--role")
    from api.cli.house import opened_database
    from tickets.keys import KeyStore

    with opened_database() as database:
        plain, record = KeyStore(database).create(role, name or role)
    say(plain)
    note(f"Key {record.id} with the role {role}. It is not shown again; keep it safe.")
