"""`deskhand keys`: who may call the API."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.output import note, say
from api.permissions import Role

keys = typer.Typer(help="API keys.", no_args_is_help=True)

ROLES = ", ".join(role.value for role in Role)


@keys.callback()
def _group() -> None:
    """Keep `create` a sub-command even while it is the only one."""


@keys.command("create")
def create(
    role: Annotated[str, typer.Option(help=f"One of: {ROLES}.")],
    name: Annotated[str, typer.Option(help="What the key is for; shown in the audit trail.")] = "",
) -> None:
    """Make a key and print it, once: only its digest is stored."""
    if role not in set(Role):
        raise typer.BadParameter(f"{role!r} is no role. Roles: {ROLES}", param_hint="--role")
    from api.cli.house import settings
    from tickets.database import Database
    from tickets.keys import KeyStore

    chosen = settings()
    database = Database.open(chosen.url, home=chosen.home)
    try:
        plain, record = KeyStore(database).create(role, name or role)
    finally:
        database.close()
    say(plain)
    note(f"Key {record.id} with the role {role}. It is not shown again; keep it safe.")
