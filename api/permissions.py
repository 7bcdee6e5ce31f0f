"""Who may do what: roles and permissions as one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from tickets.keys import Role


class Permission(StrEnum):
    """One thing that a key may be allowed to do."""

    TRIAGE = "triage"
    MESSAGES_WRITE = "messages.write"
    ANSWERS_ASK = "answers.ask"
    TICKETS_READ = "tickets.read"
    TICKETS_WRITE = "tickets.write"
    REPLIES_WRITE = "replies.write"
    NOTES_WRITE = "notes.write"
    FEEDBACK_WRITE = "feedback.write"
    ARTICLES_READ = "articles.read"
    ARTICLES_INTERNAL = "articles.internal"
    ARTICLES_WRITE = "articles.write"
    TEMPLATES_READ = "templates.read"
    TEMPLATES_WRITE = "templates.write"
    TEMPLATES_APPROVE = "templates.approve"
    ORDERS_READ = "orders.read"
    ORDERS_WRITE = "orders.write"
    MODELS_READ = "models.read"
    MODELS_WRITE = "models.write"
    LABELS_READ = "labels.read"
    CALLS_WRITE = "calls.write"
    METRICS_READ = "metrics.read"


P = Permission
_DESK = frozenset(
    {P.TRIAGE, P.TICKETS_READ, P.NOTES_WRITE, P.ARTICLES_READ, P.ARTICLES_INTERNAL, P.TEMPLATES_READ, P.ORDERS_READ}
)
_AGENT = _DESK | {
    *(P.MESSAGES_WRITE, P.TICKETS_WRITE, P.REPLIES_WRITE, P.FEEDBACK_WRITE, P.CALLS_WRITE, P.ANSWERS_ASK),
    P.TEMPLATES_WRITE,  # drafts: somebody with `templates.approve` lets them go out
}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.SUPERVISOR: _AGENT
    | {P.ARTICLES_WRITE, P.TEMPLATES_APPROVE, P.ORDERS_WRITE, P.MODELS_READ, P.LABELS_READ, P.METRICS_READ},
    Role.AGENT: _AGENT,
    Role.SALES: _DESK | {P.TICKETS_WRITE, P.REPLIES_WRITE, P.FEEDBACK_WRITE},
    Role.WAREHOUSE: _DESK | {P.TICKETS_WRITE, P.ORDERS_WRITE},
    Role.FINANCE: _DESK | {P.TICKETS_WRITE},
    Role.BOT: frozenset({P.TRIAGE, P.MESSAGES_WRITE, P.ANSWERS_ASK, P.CALLS_WRITE, P.ARTICLES_READ}),
    Role.SCIENTIST: frozenset(
        {P.TRIAGE, P.TICKETS_READ, P.ARTICLES_READ, P.ARTICLES_INTERNAL, P.TEMPLATES_READ}
        | {P.MODELS_READ, P.MODELS_WRITE, P.LABELS_READ, P.METRICS_READ}
    ),
}
# What a request without a key may do: see public passages for a pasted message, nothing of any order.
ANONYMOUS: frozenset[Permission] = frozenset({P.TRIAGE})


def grants(role: str) -> frozenset[Permission]:
    """Return what a role may do; an unknown role may nothing."""
    try:
        return GRANTS[Role(role)]
    except ValueError:
        return frozenset()


def roles_with(permission: Permission) -> tuple[str, ...]:
    """Name the roles that have a permission."""
    return tuple(role.value for role, granted in GRANTS.items() if permission in granted)


__all__ = ["ANONYMOUS", "GRANTS", "Permission", "Role", "grants", "roles_with"]
