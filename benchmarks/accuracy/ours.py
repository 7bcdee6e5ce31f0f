"""Deskhand's side: the bundle that ships, and bundles that `deskhand train` makes and that are thrown away."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np

from benchmarks.accuracy.scores import Scores
from models.bundle import Bundle
from models.manifest import MANIFEST
from models.prediction import Prediction
from training.splits import split
from training.utterances import Utterance, read_corpus


def train(utterances: Sequence[Utterance], encoder: str | None = None) -> Bundle:
    """Run `deskhand train` in a temporary folder and return what it wrote.

    Args:
        utterances: The messages.
        encoder: A sentence-transformers model by name or path, as in `--encoder`; None is the shipped encoder.

    Raises:
        RuntimeError: The command failed or did not take every message.

    """
    from training.cli import train as deskhand_train

    with tempfile.TemporaryDirectory(prefix="deskhand-accuracy-") as folder:
        corpus, out = Path(folder) / "messages.jsonl", Path(folder) / "bundle"
        corpus.write_text("".join(_line(utterance) for utterance in utterances), encoding="utf-8")
        with redirect_stdout(StringIO()):
            status = deskhand_train([corpus], out, encoder)
        bundle = Bundle.load(out) if encoder is None else _over_external(out)
    taken = bundle.manifest.corpus["messages"]
    if status or taken != len(utterances):
        raise RuntimeError(f"deskhand train ended with {status} and took {taken} of {len(utterances)} messages")
    return bundle


def _over_external(folder: Path) -> Bundle:
    from training.fit.external import SentenceTransformerEncoder

    return Bundle.load(folder, external=SentenceTransformerEncoder.load)


def _line(utterance: Utterance) -> str:
    row = {"text": utterance.text, "intent": utterance.intent, "language": utterance.language}
    return json.dumps({name: value for name, value in row.items() if value is not None}) + "\n"


def scores(bundle: Bundle, texts: Sequence[str]) -> Scores:
    """Return the bundle's probability of every intent for every text."""
    return scores_of(bundle.labels, bundle.predict(texts))


def scores_of(labels: tuple[str, ...], predictions: Sequence[Prediction]) -> Scores:
    """Lay the rankings of predictions out by label."""
    places = {label: place for place, label in enumerate(labels)}
    matrix = np.zeros((len(predictions), len(places)))
    for row, prediction in enumerate(predictions):
        for label, probability in prediction.intents:
            matrix[row, places[label]] = probability
    return Scores(labels, matrix)


def describe(path: Path) -> dict[str, object]:
    """Say which bundle it is; the digest of its manifest covers every file of it."""
    manifest = Bundle.load(path).manifest
    return {
        "name": manifest.name,
        "created": manifest.created,
        "manifest_sha256": hashlib.sha256((path / MANIFEST).read_bytes()).hexdigest(),
        "encoder": manifest.encoder_name or manifest.encoder,
        "encoder_digest": manifest.encoder_digest,
    }


def held_out(bundle: Bundle) -> bool:
    """Whether the bundle's heads were trained on the train part of the corpus and on nothing else."""
    from training.fit.bundling import corpus_digest

    return bundle.manifest.corpus.get("sha256") == corpus_digest(split(read_corpus([]).utterances).train)
