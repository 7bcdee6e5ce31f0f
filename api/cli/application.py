"""All commands in one table, and what the shell sees when one of them fails: a single line and a status."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer
from typer.exceptions import TyperException

from api.cli import gaps, imports, keys, learning, registry, replay, reviews, service, templates, triage
from api.cli.output import FAILED, MISUSED, STOPPED, complain
from models.errors import BundleError
from tickets.errors import DeskhandError

if TYPE_CHECKING:
    from collections.abc import Sequence

HELP = "Deskhand: triage and reply assistance for cross-border e-commerce support."

# They look at the knowledge base as the others do, in files of their own.
imports.kb.command("gaps")(gaps.gaps)
imports.kb.command("review")(reviews.review)


def build() -> typer.Typer:
    """Return the application with every command in it."""
    app = typer.Typer(
        name="deskhand",
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command("serve")(service.serve)
    app.command("demo")(service.demo)
    app.command("triage")(triage.triage)
    app.add_typer(imports.kb, name="kb")
    app.add_typer(templates.templates, name="templates")
    app.add_typer(imports.orders, name="orders")
    app.add_typer(learning.corpus, name="corpus")
    app.command("train")(learning.train)
    app.command("evaluate")(learning.evaluate)
    app.add_typer(registry.models, name="models")
    app.command("replay")(replay.replay)
    app.add_typer(keys.keys, name="keys")
    return app


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: What follows `deskhand`; the process's own arguments when left out.

    Returns:
        The exit status: 0 done, 1 failed (also: what was named is not there), 2 a call that cannot be read, 130 stopped
        by the keyboard.

    """
    try:
        result = build()(args=arguments, prog_name="deskhand", standalone_mode=False)
        sys.stdout.flush()
    except TyperException as error:
        return _misuse(error)
    except (DeskhandError, BundleError, OSError) as error:
        return _failure(error)
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # typer makes a failure of it
            return _reader_left()
        raise
    except (KeyboardInterrupt, typer.Abort):
        complain("stopped")
        return STOPPED
    return result if isinstance(result, int) else 0


def _failure(error: DeskhandError | BundleError | OSError) -> int:
    """Say in one line what went wrong."""
    if isinstance(error, BrokenPipeError):
        return _reader_left()
    if isinstance(error, OSError):
        complain(error.strerror or str(error), field=str(error.filename) if error.filename else None)
    else:
        complain(error.message, field=error.field, hint=error.hint)
    return FAILED


def _misuse(error: TyperException) -> int:
    """Say in one line what is wrong with the arguments, and where the right ones are described."""
    context = getattr(error, "ctx", None)
    message = " ".join(error.format_message().split())
    if type(error).__name__ == "NoArgsIsHelpError":  # a group called without a command has printed its help already
        print(error.format_message(), file=sys.stderr)
        return MISUSED
    path = context.command_path if context is not None else "deskhand"
    complain(message, hint=f"See: {path} --help")
    return int(error.exit_code) if error.exit_code else MISUSED


def _reader_left() -> int:
    """Leave quietly when whoever read our output (`| head`) has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
