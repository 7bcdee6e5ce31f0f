"""The command line: `deskhand COMMAND`. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments name, then leave with its exit status."""
    from api.cli.application import run

    raise SystemExit(run())
