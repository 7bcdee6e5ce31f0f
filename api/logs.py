"""Structured logs: one JSON object a line, no message text, no personal data."""

from __future__ import annotations

import logging
import sys

import structlog

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class _StandardToJson(logging.Handler):
    """Passes what libraries log through the standard library on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a traceback is left to our own fault handler, since it may quote a customer."""
        logger = structlog.get_logger(record.name)
        message = "server fault" if record.exc_info else record.getMessage()
        logger.log(record.levelno, message)


def configure(level: str = "info") -> None:
    """Send all logs to stderr as JSON lines."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        # Whatever stderr is when a line is written: one that was replaced meanwhile may be closed.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_StandardToJson()]
    root.setLevel(max(LEVELS[level], logging.INFO))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "alembic"):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
    logging.getLogger("uvicorn.access").disabled = True  # the request line is ours, by route template
    logging.getLogger("alembic").setLevel(logging.WARNING)
