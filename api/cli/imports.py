"""`deskhand kb`, `orders`: bringing one's own data in, and looking at what was found in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from api.cli.output import FAILED, note, one_line, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.wiring import Services
    from knowledge_base.records import ImportReport

GUESSED_FROM_CHARS = 1_000

kb = typer.Typer(help="The knowledge base.", no_args_is_help=True)
orders = typer.Typer(help="Order context.", no_args_is_help=True)


class _Refusal(Protocol):
    """What every importer says of a piece that it could not take."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def reason(self) -> str: ...


@orders.callback()
def _group() -> None:
    """Keep `import` a sub-command even while it is the only one."""


@kb.command("import")
def import_articles(
    path: Annotated[Path, typer.Argument(help="A file or folder: Markdown, HTML, PDF, Word, CSV or JSON.")],
    keep_missing: Annotated[
        bool, typer.Option("--keep-missing", help="Keep articles that came from this path before and are gone from it.")
    ] = False,
) -> None:
    """Import articles; prints added, updated, unchanged, removed, and every refusal with its reason."""
    from api.cli.house import opened
    from api.procedure_labels import with_known_intents
    from knowledge_base.importing import read_path

    with opened() as services:
        read = with_known_intents(services, read_path(path, guess_language=_guesser(services)))
        source = str(path.resolve())
        report = services.articles.apply(
            read.articles, source=source, remove_missing=not keep_missing, refused=read.refused
        )
        steps = services.procedures.apply(
            read.procedures, source=source, remove_missing=not (keep_missing or read.refused)
        )
        if services.knowledge_base is not None:
            services.knowledge_base.refresh()
    counted(
        added=len(report.added),
        updated=len(report.updated),
        unchanged=len(report.unchanged),
        removed=len(report.removed),
        refused=len(report.refused),
    )
    if read.unpublished:
        say(f"unpublished {len(read.unpublished)} (left out until they are published)")
    if report.kept:
        say(f"kept {len(report.kept)} (gone from {path}, and not removed while something is refused)")
    if read.procedures or steps.removed:
        say(f"procedures: {_counts(steps)}")
    finish(report.refused, taken=len(read.articles) + len(read.procedures))


@kb.command("search")
def search(
    query: Annotated[str, typer.Argument(help="What a customer would ask.")],
    language: Annotated[str | None, typer.Option(help="Preferred language, as de.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50)] = 5,
    public: Annotated[bool, typer.Option("--public", help="Public articles only.")] = False,
    market: Annotated[
        str | None, typer.Option(help="Without articles that are for other countries only, as DE.")
    ] = None,
) -> None:
    """Print the passages that answer a question, best first, each with its score."""
    from api.cli.house import opened
    from knowledge_base.records import Visibility
    from tickets.errors import UnavailableError

    if not query.strip():
        raise typer.BadParameter("the question is empty", param_hint="QUERY")
    if market is not None and not (len(market) == 2 and market.isascii() and market.isalpha()):
        raise typer.BadParameter(f"{market[:40]!r} is no two-letter country code such as DE", param_hint="--market")
    with opened() as services:
        if services.knowledge_base is None:
            raise UnavailableError("The knowledge base cannot be searched without a model", hint="Set DESKHAND_MODEL.")
        services.knowledge_base.refresh()
        if language is not None:
            _check_language(services, language)
        visibility = Visibility.PUBLIC if public else Visibility.INTERNAL
        found = services.knowledge_base.search(
            query, language=language, visibility=visibility, market=market, limit=limit
        )
    for answer in found:
        passage = " ".join(answer.passage.split())
        say(f"{answer.score:.2f}  {answer.article} ({answer.language})  {answer.title}\n      {passage}")
    if not found:
        note("Nothing found. Is a knowledge base imported? See: deskhand kb import --help")


@orders.command("import")
def import_orders(path: Annotated[Path, typer.Argument(help="CSV or JSON lines.")]) -> None:
    """Import orders; of a known order number, what the file has no column for stays as it is."""
    from api.cli.house import opened_database
    from tickets.orders import OrderStore, read_orders

    found, refused = read_orders(path)
    with opened_database() as database:
        OrderStore(database).merge_many(found)
    counted(imported=len(found), refused=len(refused))
    finish(refused, taken=len(found))


def _check_language(services: Services, language: str) -> None:
    """Refuse a language that neither the model nor an article knows: the rest would be searched without a word.

    Raises:
        InvalidInputError: It is no language of ours; names those that articles are in.
    """
    from tickets.errors import InvalidInputError

    code = language.lower().replace("_", "-").partition("-")[0]
    known = {"und", *(services.bundle.languages if services.bundle else ())}
    if code in known or (services.knowledge_base is not None and services.knowledge_base.partition(code)):
        return
    present = sorted({entry.language for entry in services.articles.entries()})
    hint = f"There are articles in {', '.join(present)}." if present else "There are no articles yet."
    raise InvalidInputError(f"No article is in the language {language[:40]!r}", field="--language", hint=hint)


def _guesser(services: Services) -> Callable[[str], str | None] | None:
    """Let the model name the language of articles that do not say it themselves."""
    bundle = services.bundle
    if bundle is None:
        return None

    def guess(text: str) -> str | None:
        code = bundle.predict([text[:GUESSED_FROM_CHARS]])[0].language.code
        return None if code == "und" else code

    return guess


def _counts(report: ImportReport) -> str:
    """Say what became of procedures; what was refused stands with the articles."""
    names = ("added", "updated", "unchanged", "removed")
    return "  ".join(f"{name} {len(getattr(report, name))}" for name in names)


def counted(**counts: int) -> None:
    """Say how many there were of each."""
    say("  ".join(f"{name} {count}" for name, count in counts.items()))


def finish(refused: Sequence[_Refusal], *, taken: int) -> None:
    """Name what was refused; nothing taken at all is a failure."""
    for refusal in refused:
        note(one_line(f"{refusal.file}:{refusal.line}: {refusal.reason}"))
    if refused and not taken:
        note("deskhand: nothing could be imported; the lines above say why")
        raise typer.Exit(FAILED)
