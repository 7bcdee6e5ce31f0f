"""The application as a server process starts it: one that cannot start says why in a line, not in a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.cli.output import complain
from models.errors import BundleError
from tickets.errors import DeskhandError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Plainly:
    """Passes everything on to the application; of a start that fails, only the message is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, or the lifespan."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                message = {"type": message["type"], "message": ""}
            await send(message)

        try:
            await self._app(scope, receive, tell)
        except (DeskhandError, BundleError) as error:
            complain(error.message, field=error.field, hint=error.hint)


def create() -> Plainly:
    """Return the service, configured by the environment."""
    from api.app import create_app

    return Plainly(create_app())
