"""What customers are told without a person: a receipt at once, and what else became of their ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from api.backlog import only_one
from replies.notices import NoticeTexts, Promise, Stage
from replies.slots import Situation
from tickets.notices import TOO_LATE, Moment, NoticeDraft, recipient_of
from triage.notices import OWN_FILE, NoticeContext, NoticePolicy, why_not

if TYPE_CHECKING:
    from pathlib import Path

    from api.state import AppState
    from tickets.notices import Candidate
    from tickets.records import Decision, Message, Priority, Shop
    from triage.routing import Router

OWN_TEXTS = "notices"
SWEEP_S = 60.0
# Limits of notices a day end by and by; the policy's answer stays what it is as long as the ticket does.
LIMITED_PAUSE = timedelta(hours=1)
_MOMENTS = {
    Stage.DELAYED: Moment.OVERDUE,
    Stage.WAITING: Moment.UNANSWERED,
    Stage.SOLVED: Moment.SOLVED,
}


class Notifier:
    """Writes notices as the shop's policy allows.

    Args:
        policy: Who is told what.
        texts: In which words.
        router: For the clocks that the promises hang on.
        shop: Who signs.

    """

    def __init__(self, policy: NoticePolicy, texts: NoticeTexts, router: Router, shop: Shop) -> None:
        self.policy = policy
        self._texts = texts
        self._router = router
        self._shop = shop

    @classmethod
    def load(cls, home: Path, router: Router, shop: Shop) -> Notifier:
        """Read the shop's own policy and texts from its home, else those that ship.

        Raises:
            InvalidInputError: One of them cannot be used; names file, place and remedy.
        """
        own = home / OWN_FILE
        policy = NoticePolicy.load(own if own.is_file() else None)
        return cls(policy, NoticeTexts.load(home / OWN_TEXTS), router, shop)

    def receipt(self, message: Message, decision: Decision | None) -> NoticeDraft | None:
        """Return the receipt for a message, None where there should be none."""
        if decision is None or why_not(self.policy, Stage.RECEIVED, NoticeContext.of(message, decision)):
            return None
        due = [at for at in (decision.routing.due.company, decision.routing.due.marketplace) if at is not None]
        return self._draft(Stage.RECEIVED, message, decision, min(due, default=None))

    def later(self, stage: Stage, candidate: Candidate) -> NoticeDraft | None:
        """Return the notice for something that became of a ticket, None where there should be none."""
        message, decision = candidate.asked.message, candidate.asked.decision
        if decision is None or why_not(self.policy, stage, NoticeContext.of(message, decision)):
            return None
        due = self._next_due(decision.routing.team, candidate.ticket.priority) if stage is Stage.DELAYED else None
        return self._draft(stage, message, decision, due)

    def _next_due(self, team: str, priority: Priority) -> datetime | None:
        """Return by when the company answers if its clock starts anew now."""
        company = self._router.rules.clocks.company
        if company is None or priority not in company.hours:
            return None
        return company.office_of(team).add(datetime.now(UTC), timedelta(hours=company.hours[priority]))

    def _draft(self, stage: Stage, message: Message, decision: Decision, due: datetime | None) -> NoticeDraft | None:
        promise = None
        if due is not None and due > datetime.now(UTC):
            office = self._router.office_of(decision.routing.team)
            promise = Promise(due, office.time_zone if office else "UTC")
        named = message.order_id or next((found.value for found in decision.entities if found.kind == "order"), None)
        situation = Situation(
            customer=message.customer,
            shop=self._shop,
            named_order=named,
            channel=message.channel,
            marketplace=message.marketplace,
        )
        filled = self._texts.fill(stage, self._language(message, decision), situation, promise)
        if filled is None:
            return None
        return NoticeDraft(
            stage=stage.value,
            language=filled.language,
            subject=filled.subject,
            text=filled.text,
            recipient=recipient_of(message),
            due_at=promise.rounded if promise else None,
            thread_a_day=self.policy.most_a_day.thread,
            recipient_a_day=self.policy.most_a_day.recipient,
        )

    def _language(self, message: Message, decision: Decision) -> str:
        """Return the language to write in: the text's own, else the one given, else the customer's, else English."""
        known = (decision.language.code, message.language, message.customer.language if message.customer else None)
        ours = self._texts.languages
        return next((code for code in known if code and code.partition("-")[0].lower() in ours), "en")


@dataclass(frozen=True, slots=True)
class _Look:
    """A ticket that was looked at, at which version, and from when on it is worth another look at that one."""

    version: int
    again_at: datetime


class Sweep:
    """Looks for tickets that their customers should hear of: late, waiting for them, solved.

    One that gets no notice is not read again every minute: only when it changed, or limits may have ended.
    """

    def __init__(self, state: AppState) -> None:
        self._state = state
        self._looks: dict[Stage, dict[str, _Look]] = {stage: {} for stage in _MOMENTS}

    async def work_off(self) -> int:
        """Send what is due; return how many went out. Of several processes over one home only one does it."""
        notifier = self._state.services.notifier
        if not notifier.policy.send:
            return 0
        with only_one(self._state.settings.home / "notices.lock") as mine:
            return await self._state.storage.urgent(self._send_all) if mine else 0

    def _send_all(self) -> int:
        policy = self._state.services.notifier.policy
        return sum(self._send(stage, moment) for stage, moment in _MOMENTS.items() if policy.plan(stage).send)

    def _send(self, stage: Stage, moment: Moment) -> int:
        services, sent, behind = self._state.services, 0, ""
        after = services.notifier.policy.plan(stage).after
        looked_at = self._looked_at(stage)
        while found := services.notices.candidates(moment, stage.value, after, behind, looked_at):
            for candidate in found:
                sent += self._tell(stage, candidate)
            behind = found[-1].ticket.id
        return sent

    def _tell(self, stage: Stage, candidate: Candidate) -> bool:
        """Send a notice where there should be one; remember the ticket where there is none."""
        services, ticket = self._state.services, candidate.ticket
        draft = services.notifier.later(stage, candidate)
        if draft is not None and services.notices.send(candidate, draft):
            return True
        pause = TOO_LATE if draft is None else LIMITED_PAUSE
        self._looks[stage][ticket.id] = _Look(ticket.version, datetime.now(UTC) + pause)
        return False

    def _looked_at(self, stage: Stage) -> dict[str, int]:
        """Return the versions at which tickets need no look now; what is due for another one is forgotten."""
        now = datetime.now(UTC)
        self._looks[stage] = {key: look for key, look in self._looks[stage].items() if look.again_at > now}
        return {key: look.version for key, look in self._looks[stage].items()}
