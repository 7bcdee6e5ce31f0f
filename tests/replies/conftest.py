"""What the tests of replies share: a way to write a template in two lines."""

from __future__ import annotations

from typing import Protocol

import pytest

from replies.templates import Template, parse_template


class Make(Protocol):
    def __call__(self, body: str, template_id: str = ..., **matter: object) -> Template: ...


def template_text(body: str, template_id: str = "order.status.ask", **matter: object) -> str:
    fields: dict[str, object] = {
        "id": template_id,
        "intent": template_id.rpartition(".")[0],
        "language": "en",
        "title": "A title",
        **matter,
    }
    lines = "\n".join(f"{name}: {value}" for name, value in fields.items() if value is not None)
    return f"---\n{lines}\n---\n{body}\n"


@pytest.fixture
def make() -> Make:
    def compiled(body: str, template_id: str = "order.status.ask", **matter: object) -> Template:
        return parse_template(template_text(body, template_id, **matter), "made.liquid")

    return compiled


class Text(Protocol):
    def __call__(self, body: str, template_id: str = ..., **matter: object) -> str: ...


@pytest.fixture
def text() -> Text:
    return template_text
