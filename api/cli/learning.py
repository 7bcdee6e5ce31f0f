"""`deskhand corpus check`, `train`, `evaluate`: thin doors to `training`, whose heavy libraries are an extra."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import FAILED, complain

corpus = typer.Typer(help="Training messages.", no_args_is_help=True)

INSTALL_EXTRA = "Run `make install-train` in the checkout of Deskhand."
_EXTRA_MODULES = frozenset({"torch", "sklearn", "scipy", "transformers", "sentence_transformers"})


@corpus.callback()
def _group() -> None:
    """Keep `check` a sub-command even while it is the only one."""


@corpus.command("check")
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; the shipped corpus when left out.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(help="A bundle's folder: also list the messages to which it is sure of another intent."),
    ] = None,
) -> None:
    """Lint corpus files: every broken line with its file and number."""
    if model is not None:
        _must_exist(model)
    for path in paths or []:
        _must_exist(path)
    from training.cli import check as check_corpus

    raise typer.Exit(check_corpus(list(paths or []), model))


def train(
    corpora: Annotated[
        list[Path], typer.Argument(help="TSV in the corpus format, or JSON lines with text and intent.")
    ],
    out: Annotated[Path, typer.Option(help="Folder that the bundle is written to.")],
    encoder: Annotated[str | None, typer.Option(help="A sentence-transformers name or path.")] = None,
) -> None:
    """Train a bundle from labelled messages and print its report."""
    for path in corpora:
        _must_exist(path)
    try:
        from training.cli import train as train_bundle

        status = train_bundle(corpora, out, encoder)
    except ModuleNotFoundError as error:
        status = _missing_extra(error)
    raise typer.Exit(status)


def evaluate(
    bundle: Annotated[Path, typer.Argument(help="The folder of a bundle.")],
    data: Annotated[Path, typer.Argument(help="Labelled messages: TSV in the corpus format, or JSON lines.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Measure a bundle on labelled messages."""
    _must_exist(bundle)
    _must_exist(data)
    try:
        from training.cli import evaluate as evaluate_bundle

        status = evaluate_bundle(bundle, data, as_json)
    except ModuleNotFoundError as error:
        status = _missing_extra(error)
    raise typer.Exit(status)


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise FileNotFoundError(2, "No such file or folder", str(path))


def _missing_extra(error: ModuleNotFoundError) -> int:
    """Name the command that installs what is missing; anything else missing is a defect and stays one."""
    if (error.name or "").partition(".")[0] not in _EXTRA_MODULES:
        raise error
    complain(f"{error.name} is not installed: training needs the train extra", hint=INSTALL_EXTRA)
    return FAILED
