"""Labelled messages for the comparison: from public sets, split and thinned by what a message says."""

from __future__ import annotations

import csv
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.accuracy.parts import SkippedError
from training.utterances import Utterance

QUICK_LABELS = 8
QUICK_EACH = 12


def place_of(text: str, salt: str = "") -> float:
    """Return where in [0, 1) the SHA-256 of a text falls."""
    return int.from_bytes(hashlib.sha256(f"{salt}{text}".encode()).digest()[:8], "big") / 2**64


def public_file(*parts: str) -> Path:
    """Return a file under `DESKHAND_PUBLIC_DATA`.

    Raises:
        SkippedError: The variable is not set, or the file is missing.

    """
    root = os.environ.get("DESKHAND_PUBLIC_DATA")
    if not root:
        raise SkippedError("DESKHAND_PUBLIC_DATA is not set: it names the folder with the public sets")
    path = Path(root, *parts)
    if not path.is_file():
        raise SkippedError(f"{path} is missing")
    return path


def digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 over the contents of files, in the order given."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()


def read_csv(path: Path, text: str, label: str) -> list[Utterance]:
    """Read two columns of a CSV file with a header; rows without text are left out."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        return [Utterance(row[text].strip(), row[label], language="en") for row in rows if row[text].strip()]


def few(utterances: Sequence[Utterance], each: int, salt: str = "") -> list[Utterance]:
    """Draw so many messages of each intent: those whose SHA-256, with the salt before the text, is lowest."""
    found: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in sorted(utterances, key=lambda u: place_of(u.text, salt)):
        found[utterance.intent].append(utterance)
    return [utterance for intent in sorted(found) for utterance in found[intent][:each]]


def thin(*sets: Sequence[Utterance]) -> list[list[Utterance]]:
    """Cut sets down to a few messages of a few intents, the same intents in each, to show that something works."""
    intents = sorted({u.intent for u in sets[0]}, key=place_of)[:QUICK_LABELS]
    return [few([u for u in messages if u.intent in intents], QUICK_EACH) for messages in sets]
