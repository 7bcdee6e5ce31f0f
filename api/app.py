"""The HTTP service: an app factory, and the state that lives as long as the app does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypedDict

import structlog
from fastapi import FastAPI

from api import errors, logs
from api.auth import KeyCache
from api.backlog import PAUSE_S, REFRESH_S, Backlog, keep_doing
from api.deciding import Decider
from api.deliveries import PRUNE_PAUSE_S, TAKE_OVER_S, WATCH_S, Deliveries
from api.gaps import GapReports
from api.limits import BodyLimit, RateLimit
from api.metrics import Metrics
from api.notices import SWEEP_S, Sweep
from api.observing import Observing
from api.openapi import describe
from api.routes import ROUTERS
from api.secret_files import read_or_create
from api.sessions import Sessions
from api.settings import Settings, load_settings
from api.state import AppState
from api.wiring import build, ensure_admin_key
from api.workers import Workers
from models.errors import BundleError
from tickets.errors import DeskhandError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    class LifespanState(TypedDict):
        """What Starlette puts on every request's state."""

        deskhand: AppState


logger = structlog.get_logger(__name__)

# They wait on the disk, not on the processor: what arrives together is committed together.
STORAGE_THREADS = 16
# Votes and messages that one visitor of the help centre can mean.
FORMS_PER_MINUTE = 30


class _Service(FastAPI):
    """FastAPI with our layers outside of its own, so that the answer to a fault is marked and counted too."""

    metrics: Metrics

    def build_middleware_stack(self) -> ASGIApp:
        """Put limits and observation around everything."""
        return Observing(BodyLimit(super().build_middleware_stack()), self.metrics)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the service.

    Args:
        settings: Left out, they are read from the environment: so that a server can call this in each worker process.

    """
    if settings is None:
        settings = load_settings()
        logs.configure(settings.log_level)
    metrics = Metrics()
    app = _Service(
        title="Deskhand",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=partial(_lifespan, settings=settings, metrics=metrics),
        redirect_slashes=False,
    )
    app.metrics = metrics
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    describe(app)
    return app


@asynccontextmanager
async def _lifespan(_: FastAPI, settings: Settings, metrics: Metrics) -> AsyncIterator[LifespanState]:
    """Build what requests share, keep the background work going, and close all of it in the end."""
    try:
        services = await asyncio.to_thread(build, settings, serving=True)
    except (DeskhandError, BundleError) as error:
        logger.error("cannot start", error=error.message, field=error.field, hint=error.hint)
        raise
    await asyncio.to_thread(ensure_admin_key, services)
    compute = Workers(settings.threads, settings.max_waiting)
    storage = Workers(STORAGE_THREADS, settings.max_waiting)
    state = AppState(
        settings=settings,
        services=services,
        compute=compute,
        storage=storage,
        sessions=Sessions(read_or_create(settings.home / "session.key")),
        metrics=metrics,
        decider=Decider(compute, metrics, settings.max_waiting),
        anonymous=RateLimit(settings.anonymous_per_minute),
        forms=RateLimit(FORMS_PER_MINUTE),
        gaps=GapReports(services),
        key_cache=KeyCache(),
    )
    deliveries = Deliveries(state)
    tasks = [
        asyncio.create_task(keep_doing("triage", PAUSE_S, Backlog(state).work_off)),
        asyncio.create_task(keep_doing("refresh", REFRESH_S, partial(storage.urgent, services.refresh))),
        asyncio.create_task(keep_doing("deliveries", TAKE_OVER_S, deliveries.deliver)),
        asyncio.create_task(keep_doing("watch of deliveries", WATCH_S, deliveries.watch)),
        asyncio.create_task(keep_doing("notices to customers", SWEEP_S, Sweep(state).work_off)),
        asyncio.create_task(keep_doing("pruning of deliveries", PRUNE_PAUSE_S, deliveries.prune)),
    ]
    try:
        yield {"deskhand": state}
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await deliveries.close()
        compute.close()
        storage.close()
        services.close()
