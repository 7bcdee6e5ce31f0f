"""Which replies answer a neighbouring intent too: `related.yaml`."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from tickets.rulefile import read_data

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def intents_by_template() -> Mapping[str, tuple[str, ...]]:
    """Return, for each template id that the file names, the further intents that it answers."""
    found: dict[str, list[str]] = defaultdict(list)
    loaded = read_data((files("replies") / "related.yaml").read_text(encoding="utf-8"))
    for intent, templates in loaded.items():
        for template in templates:
            found[template].append(intent)
    return {template: tuple(intents) for template, intents in found.items()}
