"""Whether procedures are for intents that there are: one for others would be shown beside no ticket."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from knowledge_base.records import Refused
from tickets.errors import InvalidInputError
from triage.routing import begins

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.wiring import Services
    from knowledge_base.records import ReadResult

HINT = "`deskhand models list` names the bundle in use, docs/labels.md its intents."


def refuse_unknown_intents(services: Services, intents: Iterable[str]) -> None:
    """Refuse intents that no label of the bundle is or begins with; without a bundle nobody can tell.

    Raises:
        InvalidInputError: Names the first.
    """
    wrong = _wrong(services, intents)
    if wrong is not None:
        raise InvalidInputError(f"intents: {wrong}", field="intents", hint=HINT)


def with_known_intents(services: Services, read: ReadResult) -> ReadResult:
    """Return what was read, without the procedures for intents that there are not: those are refused."""
    wrong = {
        (procedure.id, procedure.language): Refused(procedure.origin or procedure.id, 0, f"intents: {said}")
        for procedure in read.procedures
        if (said := _wrong(services, procedure.intents)) is not None
    }
    kept = tuple(procedure for procedure in read.procedures if (procedure.id, procedure.language) not in wrong)
    return replace(read, procedures=kept, refused=(*read.refused, *wrong.values()))


def _wrong(services: Services, intents: Iterable[str]) -> str | None:
    """Say what is wrong with the first unknown intent; None where all are known."""
    if services.bundle is None:
        return None
    labels = services.bundle.labels
    unknown = next((name for name in intents if not any(begins(label, name) for label in labels)), None)
    if unknown is None:
        return None
    topics = {label.partition(".")[0] for label in labels}
    near = difflib.get_close_matches(unknown, [*labels, *topics], n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"no intent of the bundle is {unknown[:60]!r} or begins with it{meant}"
