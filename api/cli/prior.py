"""What `deskhand models prior` does: estimate an inbox's mix of intents from its messages, and keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from api.cli.output import note, table
from models.prior import Prior, estimate, write_prior
from models.text import clean
from tickets.errors import DeskhandError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from models.bundle import Bundle

_FEWEST = 100


def estimate_from(file: Path, *, save: bool) -> Iterator[str]:
    """Yield the lines of the report.

    Raises:
        InvalidInputError: The file is missing, or holds fewer than 100 usable messages.

    """
    from api.bundles import load_trained
    from api.cli.house import settings

    house = settings()
    bundle = load_trained(house)
    texts = read_texts(file)
    if len(texts) < _FEWEST:
        raise InvalidInputError(
            f"{file} holds {len(texts)} usable messages",
            field="file",
            hint=f"a mix of intents needs {_FEWEST} messages at least; a few hundred are better",
        )
    shares = inbox_mix(bundle, texts)
    ranked = sorted(shares.items(), key=lambda row: -row[1])
    yield table(["INTENT", "SHARE"], [[name, f"{share:.1%}"] for name, share in ranked])
    if save:
        path = write_prior(house.home, Prior(shares, len(texts)))
        yield f"\n{len(texts)} messages; kept in {path}: decisions are corrected for it from the next start on."
    else:
        yield f"\n{len(texts)} messages; nothing changes without --save."


def inbox_mix(bundle: Bundle, texts: Sequence[str]) -> dict[str, float]:
    """Return the share of each intent among cleaned texts."""
    places = {label: place for place, label in enumerate(bundle.labels)}
    probabilities = np.zeros((len(texts), len(places)))
    for row, prediction in enumerate(bundle.predict(texts)):
        for name, probability in prediction.intents:
            probabilities[row, places[name]] = probability
    spec = bundle.manifest.heads.intent
    old = np.asarray(spec.prior or [1.0 / len(places)] * len(places))
    return dict(zip(bundle.labels, estimate(probabilities, old).tolist(), strict=True))


def read_texts(file: Path) -> list[str]:
    """Return the cleaned texts of a file's messages; a broken line is named on stderr and passed over.

    Raises:
        InvalidInputError: The file cannot be read.

    """
    from api.cli.lines import read_lines
    from api.cli.triage import read_message

    texts = []
    try:
        with file.open("rb") as stream:
            for line in read_lines(stream):
                if not line.data.strip() and not line.too_long:
                    continue
                try:
                    message = read_message(line)
                except DeskhandError as error:
                    note(f"{file}:{line.number}: {error}")
                    continue
                text = clean(message.text or "", html=message.html).text
                if text.strip():
                    texts.append(text)
    except OSError as error:
        raise InvalidInputError(
            f"{file} cannot be read: {error.strerror or error}",
            field="file",
            hint="name a file of messages: JSON lines with `text`, or a text a line",
        ) from error
    return texts
