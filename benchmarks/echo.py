"""The least that a FastAPI service can do with a message: what storing one over HTTP is compared with.

It checks the body's shape and gives it back; no key, no model, no database. `serve` starts it with the very settings
that `deskhand serve` starts uvicorn with (`api/cli/service.py`).
"""

from __future__ import annotations

import argparse

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

STOP_WITHIN_S = 10


class Message(BaseModel):
    """The part of a message that the benchmark sends."""

    model_config = ConfigDict(extra="forbid")

    text: str
    channel: str | None = None
    external_id: str | None = None


def create() -> FastAPI:
    """Return the service."""
    app = FastAPI()

    @app.get("/readyz")
    async def readyz() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/v1/messages", status_code=201)
    async def echo(message: Message) -> Message:
        return message

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(
        "benchmarks.echo:create",
        factory=True,
        port=parser.parse_args().port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )


if __name__ == "__main__":
    main()
