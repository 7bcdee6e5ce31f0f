"""Figures that others published, from `published.json`, to show beside ours; in percent, under their own names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).parent / "published.json"


@dataclass(frozen=True, slots=True)
class Published:
    """One model's figures in percent, by the name of the figure; `setting` is what it was trained on."""

    model: str
    setting: str
    figures: Mapping[str, float]

    def as_json(self) -> dict[str, object]:
        """Return the entry as it stands in the file."""
        return {"model": self.model, "setting": self.setting, "figures": dict(self.figures)}


def published(part: str) -> list[Published]:
    """Return what others published for a part; nothing where the part is our own."""
    entries = json.loads(_FILE.read_text(encoding="utf-8")).get(part, [])
    return [Published(entry["model"], entry["setting"], entry["figures"]) for entry in entries]
