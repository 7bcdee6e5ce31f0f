"""A shop's own templates in the database; they stand in for shipped ones of the same id, language and brand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sqlalchemy import select

from replies.library import Refused, load_folder, refusal, shipped_template
from replies.marks import open_marks
from replies.stored import (
    Adopted,
    Change,
    ImportReport,
    TemplateKey,
    TemplateRecord,
    TemplateState,
    TemplateVersion,
    UnknownIntent,
    record_of,
    version_of,
)
from replies.storing import (
    approve_version,
    find_row,
    grow,
    not_found,
    says_the_same,
    store_template,
    stored_count,
    tidy_body,
)
from replies.templates import Template, template_of
from tickets.audit import events_of, record
from tickets.errors import InvalidInputError, NotFoundError
from tickets.tables import TemplateRow, TemplateVersionRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tickets.database import Database

__all__ = [
    "Change",
    "ImportReport",
    "TemplateKey",
    "TemplateRecord",
    "TemplateState",
    "TemplateStore",
    "TemplateVersion",
    "UnknownIntent",
]


class TemplateStore:
    """Reads and writes the table of templates.

    Args:
        database: An open database.

    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def generation(self) -> int:
        """Return a number that grows with every change."""
        return stored_count(self._database)

    def records(self, *, language: str | None = None, intent: str | None = None) -> list[TemplateRecord]:
        """Return the newest text of the templates that were not retired, by id, language and brand."""
        query = select(TemplateRow).where(TemplateRow.state != TemplateState.RETIRED.value)
        if language is not None:
            query = query.where(TemplateRow.language == language)
        if intent is not None:
            query = query.where(TemplateRow.intent == intent)
        order = (TemplateRow.template_id, TemplateRow.language, TemplateRow.brand)
        with self._database.session() as session:
            return [record_of(row) for row in session.scalars(query.order_by(*order))]

    def offered(self) -> list[TemplateRecord]:
        """Return the approved version of each template, by id, language and brand."""
        query = (
            select(TemplateRow, TemplateVersionRow)
            .outerjoin(
                TemplateVersionRow,
                (TemplateVersionRow.template_pk == TemplateRow.pk)
                & (TemplateVersionRow.version == TemplateRow.approved_version),
            )
            .where(TemplateRow.approved_version.is_not(None))
        )
        order = (TemplateRow.template_id, TemplateRow.language, TemplateRow.brand)
        with self._database.session() as session:
            found = session.execute(query.order_by(*order)).all()
            # The newest text stands in the row itself, also where a release kept no versions yet.
            return [
                record_of(row) if row.approved_version == row.version else version_of(row, version, _APPROVED)
                for row, version in found
                if version is not None or row.approved_version == row.version
            ]

    def get(self, template_id: str, language: str, brand: str | None = None) -> TemplateRecord:
        """Return the newest text of one stored template.

        Raises:
            NotFoundError: There is none, or it was retired.

        """
        with self._database.session() as session:
            return record_of(_present(session, TemplateKey(template_id, language, brand)))

    def history(self, key: TemplateKey) -> list[TemplateVersion]:
        """Return every version of a template, the newest first, with who wrote and who approved it.

        Raises:
            NotFoundError: There never was one.

        """
        with self._database.session() as session:
            row = find_row(session, key)
            if row is None:
                raise not_found(key)
            approvals = {}
            for event in events_of(session, key.id):
                detail = event.detail
                if (event.action, detail.get("language"), detail.get("brand")) == (
                    "template.approved",
                    key.language,
                    key.brand,
                ):
                    approvals[detail.get("version")] = event
            query = select(TemplateVersionRow).where(TemplateVersionRow.template_pk == row.pk)
            versions = []
            for version in session.scalars(query.order_by(TemplateVersionRow.version.desc())):
                approved = approvals.get(version.version)
                versions.append(
                    TemplateVersion(
                        version_of(row, version),
                        version.actor,
                        approved.actor if approved else None,
                        approved.at if approved else None,
                    )
                )
            return versions

    def put(self, template: Template, *, actor: str, state: TemplateState = TemplateState.APPROVED) -> TemplateRecord:
        """Store a template; a changed one gets a version above the stored one.

        A draft leaves the version that was approved before in use until somebody approves the draft.

        Raises:
            InvalidInputError: It is to be approved, but an import left marks in it.

        """
        with self._database.write() as session:
            approved = state is TemplateState.APPROVED
            if approved:
                _refuse_marks(template.body)
            row, _ = store_template(session, template, actor=actor, approved=approved)
            return record_of(row)

    def approve(self, key: TemplateKey, *, actor: str, version: int | None = None) -> TemplateRecord:
        """Offer a version from now on: the newest, or an earlier one to go back to.

        Raises:
            NotFoundError: There is no such template, it was retired, or it never had that version.
            InvalidInputError: An import left marks in the text.

        """
        with self._database.write() as session:
            row = _present(session, key)
            wanted = row.version if version is None else version
            found = session.get(TemplateVersionRow, (row.pk, wanted))
            if found is None:
                raise NotFoundError(
                    f"template {key.id!r} in {key.language!r} has no version {wanted}",
                    field="version",
                    hint="Its history lists the versions; leave version out for the newest.",
                )
            _refuse_marks(found.body)
            if row.approved_version != wanted:
                approve_version(session, row, wanted, actor)
            return record_of(row)

    def retire(self, template_id: str, language: str, brand: str | None = None, *, actor: str) -> None:
        """Take a template out of use; what it said stays on record, and a shipped one of its id is offered again.

        Raises:
            NotFoundError: There is none, or it was retired already.

        """
        with self._database.write() as session:
            row = _present(session, TemplateKey(template_id, language, brand))
            row.state = TemplateState.RETIRED.value
            row.approved_version = row.approved_by = row.approved_at = None
            row.updated_at = datetime.now(UTC)
            grow(session)
            record(session, actor, "template.retired", template_id, language=language, brand=brand)

    def import_path(self, path: Path, *, actor: str, labels: Collection[str] = (), draft: bool = False) -> ImportReport:
        """Store all template files below a path in one transaction; bad files are refused, the rest is kept.

        Args:
            path: A file or a folder.
            actor: Who imports, for the audit.
            labels: The intents that predictions may name; templates of others are stored and reported. Empty where
                they are not known.
            draft: Whether somebody else has to approve them before they are offered.

        A text that ships and that nothing of the shop's replaces is offered already: it stays a shipped one, so that
        the next release's wording reaches it.

        Raises:
            NotFoundError: There is nothing at `path`.

        """
        templates, refused = load_folder(path)
        done: dict[Change, list[str]] = {change: [] for change in Change}
        with self._database.write() as session:
            # A draft that waits beside an approved text of its id comes after it, as the newer version.
            for template in sorted(templates, key=lambda item: item.draft):
                approved = not (draft or template.draft)
                if approved and open_marks(template.body):
                    refused.append(Refused(template.source, 1, _MARKED))
                    continue
                if approved and _stays_shipped(session, template):
                    change = Change.UNCHANGED
                else:
                    _, change = store_template(session, template, actor=actor, approved=approved, keep_draft=True)
                done[change].append(f"{template.id} ({template.language})")
        return ImportReport(
            tuple(done[Change.ADDED]),
            tuple(done[Change.UPDATED]),
            tuple(done[Change.UNCHANGED]),
            tuple(refused),
            tuple(_unknown(templates, labels)) if labels else (),
        )

    def adopt(self, templates: Sequence[Template], *, actor: str) -> list[Adopted | None]:
        """Store drafts of macros in one transaction, each under the id that an earlier import gave it.

        The part of the id after the intent names the macro: a proposal of another intent does not make it a second
        template. A text that any version had already changes nothing.

        Returns:
            For each template its id and what was done; None where it was retired here.

        """
        with self._database.write() as session:
            rows = session.scalars(select(TemplateRow).where(TemplateRow.brand == ""))
            known = {(row.template_id.rpartition(".")[2], row.language): row for row in rows}
            return [self._adopt(session, item, known.get((item.variant, item.language)), actor) for item in templates]

    @staticmethod
    def _adopt(session: Session, template: Template, row: TemplateRow | None, actor: str) -> Adopted | None:
        if row is None:
            stored, change = store_template(session, template, actor=actor, approved=False)
            return Adopted(stored.template_id, change)
        if row.state == TemplateState.RETIRED.value:
            return None
        said = select(TemplateVersionRow.body).where(TemplateVersionRow.template_pk == row.pk)
        if tidy_body(template.body) in {tidy_body(body) for body in session.scalars(said)}:
            return Adopted(row.template_id, Change.UNCHANGED)
        kept = replace(template, id=row.template_id, intent=row.intent, owner=row.owner, review_date=row.review_date)
        return Adopted(row.template_id, store_template(session, kept, actor=actor, approved=False)[1])

    def templates(self) -> tuple[list[Template], list[Refused]]:
        """Compile the approved templates, to be put behind the shipped ones in `Replies`.

        Returns:
            The templates, and those that this version of the engine refuses.

        """
        compiled: list[Template] = []
        refused: list[Refused] = []
        for stored in self.offered():
            source = stored.source or f"{stored.id} ({stored.language})"
            try:
                compiled.append(template_of(stored.matter(), stored.body, source))
            except InvalidInputError as error:
                refused.append(refusal(source, error))
        return compiled, refused


_APPROVED = TemplateState.APPROVED
_MARKED = "an import left marks of unknown placeholders in it; put words in their place, or give it `state: draft`"


def _refuse_marks(body: str) -> None:
    marks = open_marks(body)
    if marks:
        raise InvalidInputError(
            f"the text still holds marks of placeholders that are unknown here: {', '.join(marks)}",
            field="body",
            hint="Put words or variables of docs/templates.md in their place, then approve it.",
        )


def _present(session: Session, key: TemplateKey) -> TemplateRow:
    row = find_row(session, key)
    if row is None or row.state == TemplateState.RETIRED.value:
        raise not_found(key)
    return row


def _stays_shipped(session: Session, template: Template) -> bool:
    """Tell whether a text ships and is offered already, for nothing of the shop's replaces it."""
    if template.brand:
        return False
    row = find_row(session, TemplateKey(template.id, template.language, None))
    if row is not None and row.state != TemplateState.RETIRED.value:
        return False
    shipped = shipped_template(template.id, template.language)
    return shipped is not None and says_the_same(shipped, template)


def _unknown(templates: Iterable[Template], labels: Collection[str]) -> Iterable[UnknownIntent]:
    for template in templates:
        if template.intent not in labels:
            near = get_close_matches(template.intent, labels, n=1)
            yield UnknownIntent(template.source, template.intent, near[0] if near else None)
