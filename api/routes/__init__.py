"""The routes: one module per subject, one table of all of them."""

from __future__ import annotations

from api.routes import (
    answers,
    articles,
    calls,
    gaps,
    learning,
    messages,
    orders,
    procedures,
    replies,
    service,
    templates,
    tickets,
    triage,
)
from api.web import routes as pages

ROUTERS = (
    triage.router,
    messages.router,
    answers.router,
    tickets.router,
    replies.router,
    gaps.router,
    articles.router,
    procedures.router,
    templates.router,
    orders.router,
    learning.router,
    calls.router,
    service.router,
    pages.router,
)
