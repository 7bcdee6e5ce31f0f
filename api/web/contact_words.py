"""What the contact form and the question under an article say, by language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import yaml

from api.web.pages import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ContactWords:
    """What the form and the question under an article say in one language."""

    skip: str
    helped: str
    helped_yes: str
    helped_no: str
    thanks: str
    sorry: str
    contact: str
    name: str
    email: str
    order: str
    optional: str
    message: str
    send: str
    before: str
    solved: str
    still: str
    sent: str
    answer: str
    need_email: str
    need_message: str
    long: str
    busy: str
    failed: str


@cache
def contact_words() -> Mapping[str, ContactWords]:
    """Return the texts by language."""
    texts = yaml.safe_load((FOLDER / "contact_texts.yaml").read_text(encoding="utf-8"))
    return {code: ContactWords(**said) for code, said in texts.items()}
