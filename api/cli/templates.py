"""`deskhand templates`: bringing reply templates in, writing them out, and looking at them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.imports import counted, finish
from api.cli.output import note, say, table

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from replies.matter import Matter
    from replies.stored import TemplateKey, TemplateRecord
    from replies.templates import Template

templates = typer.Typer(help="Reply templates.", no_args_is_help=True)


@templates.command("import")
def import_templates(
    path: Annotated[
        Path, typer.Argument(help="A .liquid file or a folder of them; or JSON exports of a help desk's macros.")
    ],
    draft: Annotated[bool, typer.Option("--draft", help="Offer none of them before somebody approves it.")] = False,
    desk: Annotated[
        str | None, typer.Option("--from", help="zendesk, gorgias or freshdesk; told by the shape where left out.")
    ] = None,
    own_table: Annotated[
        Path | None, typer.Option("--map", help="YAML with the shop's own placeholders, before ours.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Of macros whose language cannot be told, as de.")] = None,
    table_file: Annotated[
        Path | None, typer.Option("--report", help="CSV to write: every macro, its template, what was not mapped.")
    ] = None,
) -> None:
    """Import reply templates; each goes before a shipped one of the same id and language. Macros become drafts."""
    if desk is not None or _holds_macros(path):
        from api.cli.macros import MacroOptions, import_macro_files

        import_macro_files(path, MacroOptions(desk, own_table, language, table_file))
        return
    given = {"--map": own_table, "--language": language, "--report": table_file}
    for name, value in given.items():
        if value is not None:
            raise typer.BadParameter("goes with macros only, and there are none at the path", param_hint=name)
    _import_liquid(path, draft=draft)


def _holds_macros(path: Path) -> bool:
    """Say whether there is JSON and no template of ours at a path."""
    if path.is_dir():
        return next(path.rglob("*.liquid"), None) is None and next(path.rglob("*.json"), None) is not None
    return path.suffix.lower() == ".json"


def _import_liquid(path: Path, *, draft: bool) -> None:
    from api.cli.house import opened_database
    from replies.store import TemplateStore

    with opened_database() as database:
        done = TemplateStore(database).import_path(path, actor="import", labels=_labels(), draft=draft)
    taken = [len(done.added), len(done.updated), len(done.unchanged)]
    counted(added=taken[0], updated=taken[1], unchanged=taken[2], refused=len(done.refused))
    for unknown in done.unknown:
        nearest = f"; the nearest label is {unknown.nearest}" if unknown.nearest else ""
        note(f"{unknown.file}: {unknown.intent} is no intent of the active bundle, so it is never offered{nearest}")
    finish(done.refused, taken=sum(taken))


@templates.command("approve")
def approve_template(
    template: Annotated[str, typer.Argument(help="Its id, as order.status.own.")],
    language: Annotated[str, typer.Argument(help="Its language, as en.")],
    brand: Annotated[str | None, typer.Option(help="Left out: the template for all brands.")] = None,
    version: Annotated[int | None, typer.Option(min=1, help="Left out: the newest.")] = None,
) -> None:
    """Offer a draft from now on, or go back to an earlier version."""
    from api.cli.house import opened_database
    from replies.store import TemplateStore
    from replies.stored import TemplateKey

    with opened_database() as database:
        key = TemplateKey(template, language, brand)
        stored = TemplateStore(database).approve(key, actor="command line", version=version)
    offered = stored.approval.version if stored.approval else "-"
    say(f"{stored.id} ({stored.language}): version {offered} is offered")


@templates.command("export")
def export_templates(
    path: Annotated[Path, typer.Argument(help="An empty folder, or one that does not exist yet.")],
    own: Annotated[bool, typer.Option("--own", help="Only the shop's own, not those that ship.")] = False,
) -> None:
    """Write the offered templates and the drafts as files; importing them again changes nothing."""
    from api.cli.house import opened_database
    from replies.exporting import write_templates
    from replies.store import TemplateStore

    with opened_database() as database:
        store = TemplateStore(database)
        kept = [*store.offered(), *(record for record in store.records() if not _is_approved(record))]
    found = [(record.matter(), record.body) for record in kept]
    if not own:
        replaced = {record.key for record in kept if _is_approved(record)}
        found = [*_shipped(replaced), *found]
    say(f"written {write_templates(path, found)}")


@templates.command("list")
def list_templates(
    language: Annotated[str | None, typer.Option(help="Only this language, as de.")] = None,
    intent: Annotated[str | None, typer.Option(help="Only this intent, as order.status.")] = None,
    own: Annotated[bool, typer.Option("--own", help="Only the shop's own, not those that ship.")] = False,
    drafts: Annotated[bool, typer.Option("--drafts", help="Only texts that wait for an approval.")] = False,
) -> None:
    """List templates: id, language, brand, state, version, the version that is offered, who approved it, title."""
    from api.cli.house import opened_database
    from replies.store import TemplateStore

    with opened_database() as database:
        records = TemplateStore(database).records()
    rows = [_row(record) for record in records if not (drafts and _is_approved(record))]
    if not (own or drafts):
        rows += [
            [matter.id, matter.language, "", "ships", str(matter.version), str(matter.version), "", matter.title]
            for matter, _ in _shipped({record.key for record in records})
        ]
    rows = [
        row
        for row in sorted(rows)
        if language in (None, row[1]) and (intent is None or row[0].rpartition(".")[0] == intent)
    ]
    if not rows:
        note("There are none.")
        return
    say(table(["id", "language", "brand", "state", "version", "offered", "approved by", "title"], rows))


def _is_approved(record: TemplateRecord) -> bool:
    from replies.stored import TemplateState

    return record.state is TemplateState.APPROVED


def _row(record: TemplateRecord) -> list[str]:
    approval = record.approval
    return [
        record.id,
        record.language,
        record.brand or "",
        record.state.value,
        str(record.version),
        str(approval.version) if approval else "-",
        (approval.by or "") if approval else "",
        " ".join(record.title.split()),
    ]


def _shipped(replaced: AbstractSet[TemplateKey]) -> list[tuple[Matter, str]]:
    """Return the shipped templates that no template of the shop's stands in for."""
    from replies.library import SHIPPED, load_folder
    from replies.stored import TemplateKey

    found, _ = load_folder(SHIPPED)
    return [
        (_matter(template), template.body)
        for template in found
        if TemplateKey(template.id, template.language, template.brand) not in replaced
    ]


def _matter(template: Template) -> Matter:
    from replies.matter import Matter

    return Matter(
        id=template.id,
        intent=template.intent,
        language=template.language,
        title=template.title,
        channels=template.channels,
        when=template.when,
        version=template.version,
        brand=template.brand,
        owner=template.owner,
        review_date=template.review_date,
    )


def _labels() -> tuple[str, ...]:
    """Return the intents of the active bundle from its manifest, for loading it takes longer than an import."""
    from api.bundles import bundle_path
    from api.cli.house import settings
    from models.errors import BundleError
    from models.manifest import read_manifest

    try:
        return read_manifest(bundle_path(settings())).heads.intent.labels
    except BundleError as error:
        note(f"deskhand: intents are not compared with the labels of the active bundle: {error.message}")
        return ()
