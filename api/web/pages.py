"""Rendering pages: the templates, the addresses of static files, and the headers that every page is sent with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

# Nothing from elsewhere and nothing inline: a text that slipped through as markup could still not run or load anything.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# Languages that write punctuation as wide as their signs, with no space beside it.
FULL_WIDTH = frozenset({"ja", "zh"})
# Languages that are written from the right, as the Unicode CLDR has them.
RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A message to try, with what is known of its sender."""

    language: str
    label: str
    text: str
    channel: str | None = None
    marketplace: str | None = None


def page(template: str, values: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
    """Render a template and send it with the headers of a page."""
    return HTMLResponse(environment().get_template(template).render(values), status, dict(HEADERS))


@cache
def environment() -> Environment:
    """Return the templates' environment: everything is escaped, a missing value is an error."""
    env = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        static=static_address,
        colon=colon,
        bracketed=bracketed,
        direction=direction,
        page_language=None,
        query="",
    )
    return env


@cache
def static_files() -> Mapping[str, Path]:
    """List the files that may be served, by their path under `static/`; nothing else can be asked for."""
    return {path.relative_to(STATIC).as_posix(): path for path in sorted(STATIC.rglob("*")) if path.is_file()}


@cache
def version() -> str:
    """Return a digest of all static files: it is part of their address, so that no browser mixes two releases."""
    digest = hashlib.sha256()
    for name, path in static_files().items():
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def static_address(name: str) -> str:
    """Return the address of a static file.

    Raises:
        KeyError: There is none of this name: a slip in a template.

    """
    if name not in static_files():
        raise KeyError(name)
    return f"/static/{version()}/{name}"


def colon(language: str) -> str:
    """Return the colon behind a label, with the spaces that a language puts around it."""
    return "\uff1a" if language in FULL_WIDTH else "\u00a0: " if language == "fr" else ": "


def direction(language: str) -> str:
    """Return where a language's lines begin, as `dir` names it: rtl or ltr."""
    return "rtl" if language.lower().partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def bracketed(words: str, language: str) -> str:
    """Return words in the brackets of a language, to stand behind others."""
    return f"\uff08{words}\uff09" if language in FULL_WIDTH else f" ({words})"


@cache
def examples() -> tuple[Example, ...]:
    """Return the messages to try on the first page."""
    rows = yaml.safe_load((FOLDER / "examples.yaml").read_text(encoding="utf-8"))
    return tuple(Example(**row) for row in rows)
