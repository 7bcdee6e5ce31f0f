"""What lives as long as the app does, typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from api.auth import KeyCache
    from api.deciding import Decider
    from api.gaps import GapReports
    from api.limits import RateLimit
    from api.metrics import Metrics
    from api.sessions import Sessions
    from api.settings import Settings
    from api.wiring import Services
    from api.workers import Workers


@dataclass(slots=True)
class AppState:
    """The parts that requests share; built when the app starts, closed when it ends."""

    settings: Settings
    services: Services
    compute: Workers
    storage: Workers
    sessions: Sessions
    metrics: Metrics
    decider: Decider
    anonymous: RateLimit
    forms: RateLimit
    gaps: GapReports
    key_cache: KeyCache = field(repr=False)


def state_of(request: HTTPConnection) -> AppState:
    """Return the app's state."""
    return cast("AppState", request.state.deskhand)
