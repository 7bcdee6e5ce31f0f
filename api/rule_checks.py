"""The marketplaces' rules where replies are typed and stored: what a ticket says of the place, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replies.rules.book import Severity
from replies.rules.checking import Place, known_of
from tickets.errors import DeskhandError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from api.rendering import JsonObject
    from api.schemas.replies import ReplyCheckIn
    from api.schemas.tickets import ReplyIn
    from api.wiring import Services
    from replies.rules.checking import Finding
    from tickets.stored import MessageRecord, TicketDetail

_KNOWN_ENTITIES = frozenset({"order", "tracking"})


class RuleBrokenError(DeskhandError):
    """A reply that the marketplace which carries it forbids, or whose warnings nobody has confirmed.

    Args:
        message: What is wrong, with the words.
        findings: All that the rules say of the reply.
        hint: What to do about it.

    """

    status = 422
    code = "rule_broken"

    def __init__(self, message: str, findings: Sequence[Finding], *, hint: str) -> None:
        super().__init__(message, field="text", hint=hint)
        self.findings = tuple(findings)

    def details(self) -> JsonObject:
        """Return what stands in the error's body beside the usual four."""
        return {"findings": [finding_body(finding) for finding in self.findings]}


def finding_body(finding: Finding) -> JsonObject:
    """Return a finding as JSON."""
    mends = [{"label": m.label, "start": m.start, "end": m.end, "text": m.text} for m in finding.mends]
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "start": finding.start,
        "end": finding.end,
        "text": finding.text,
        "explanation": finding.explanation,
        "source": finding.source,
        "standing": finding.standing.value,
        "mends": mends,
    }


def check_reply(services: Services, given: ReplyCheckIn) -> JsonObject:
    """Check a reply that nobody has sent yet.

    Raises:
        NotFoundError: There is no such ticket.

    """
    if given.ticket is not None:
        place = place_of(services, services.tickets.ticket(given.ticket))
    else:
        order = services.orders.get(given.order) if given.order else None
        known = (*known_of(order), *((given.order,) if given.order else ()))
        place = Place(given.marketplace, given.channel, given.market, given.language, known)
    findings = services.rule_check.findings(given.text, place)
    return {
        "profile": services.rule_check.book.profile(place.marketplace, place.channel),
        "allowed": not any(finding.severity is Severity.BLOCK for finding in findings),
        "findings": [finding_body(finding) for finding in findings],
    }


def place_of(services: Services, detail: TicketDetail) -> Place:
    """Return where an answer to a ticket goes, and which numbers in it are the customer's own."""
    ticket = detail.ticket
    order = services.orders.get(ticket.order_id) if ticket.order_id else None
    named = (
        entity.value
        for entry in detail.messages
        if entry.decision is not None
        for entity in entry.decision.entities
        if entity.kind in _KNOWN_ENTITIES
    )
    known = dict.fromkeys((*known_of(order), *((ticket.order_id,) if ticket.order_id else ()), *named))
    return Place(ticket.marketplace, ticket.channel, ticket.market, None, tuple(known))


def store_reply(
    services: Services, ticket_id: str, given: ReplyIn, actor: str
) -> tuple[MessageRecord, tuple[Finding, ...]]:
    """Check an answer and store it; the audit trail keeps which rules warned, and which of them somebody confirmed.

    Raises:
        RuleBrokenError: A rule blocks it, or the shop wants warnings confirmed and one is not.
        NotFoundError: There is no such ticket or suggestion.
        ConflictError: The ticket is closed.
        InvalidInputError: The suggestion is another ticket's.

    """
    place = place_of(services, services.tickets.ticket(ticket_id))
    findings = services.rule_check.findings(given.text, place)
    _refuse(findings, given.override, confirm=services.rule_check.book.confirm_warnings)
    warned = list(dict.fromkeys(finding.rule for finding in findings))
    confirmed = [rule for rule in warned if rule in given.override]
    remarks = {"warned": " ".join(warned), "override": " ".join(confirmed)}
    stored = services.tickets.reply(
        ticket_id,
        given.text,
        actor=actor,
        suggestion_id=given.suggestion_id,
        remarks={name: value for name, value in remarks.items() if value},
    )
    return stored, findings


def _refuse(findings: Sequence[Finding], override: Collection[str], *, confirm: bool) -> None:
    blocking = [finding for finding in findings if finding.severity is Severity.BLOCK]
    if blocking:
        first = blocking[0]
        raise RuleBrokenError(
            f"rule {first.rule} forbids {_shown(first.text)} at {first.start} to {first.end}: {first.explanation}",
            findings,
            hint="Change the text; `findings` names every place and what can be put there. No override lifts a block.",
        )
    unconfirmed = [finding for finding in findings if finding.rule not in override]
    if confirm and unconfirmed:
        first = unconfirmed[0]
        raise RuleBrokenError(
            f"rule {first.rule} warns of {_shown(first.text)} at {first.start} to {first.end}: {first.explanation}",
            findings,
            hint=f'Change the text, or send it with "override": ["{first.rule}"].',
        )


def _shown(text: str, limit: int = 60) -> str:
    return repr(text if len(text) <= limit else f"{text[:limit]}…")
