"""From labelled messages to a bundle on disk.

A shop's own bundle is measured on held-out messages first and then trained on all of them; the bundle that ships is
measured as it is: it never trains on the messages that test it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.encoder import Encoder
from models.heads import ORDER
from models.manifest import Manifest
from training.card import model_card
from training.evaluation import metrics_of
from training.fit.linear import Weights
from training.fit.remembering import remembering
from training.fit.trainer import FitPlan, Fitted, fit
from training.report import Judged, write_report
from training.splits import split
from training.utterances import Utterance, wording
from training.writing import EncoderFiles, HeadFiles, Label, write_bundle


@dataclass(frozen=True, slots=True)
class Job:
    """What to train and how to call it; `sources` are lines for the model card on where the encoder came from."""

    name: str
    utterances: tuple[Utterance, ...]
    encoder: Encoder
    files: EncoderFiles
    plan: FitPlan
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What a bundle does not train on: messages to calibrate with, messages to test with by the name of the test.

    `dense` are heads' weights that were trained together with the encoder.
    """

    calibration: tuple[Utterance, ...]
    tests: Mapping[str, tuple[Utterance, ...]]
    dense: Mapping[str, Weights]


def tensors_of(fitted: Fitted) -> dict[str, NDArray[np.generic]]:
    """Lay the heads' weights side by side, in half precision where the bundle format says so."""
    heads = [fitted.heads[name] for name in ORDER if name in fitted.heads]
    words = [head.lexical for head in heads if head.lexical is not None]
    return {
        "lexical.buckets": fitted.vocabulary.buckets.astype(np.uint32),
        "lexical.idf": fitted.vocabulary.idf.astype(np.float16),
        "lexical.weights": np.concatenate([head.matrix for head in words], axis=1).astype(np.float16),
        "lexical.bias": np.concatenate([head.bias for head in words]).astype(np.float32),
        "dense.weights": np.concatenate([head.dense.matrix for head in heads], axis=1).astype(np.float16),
        "dense.bias": np.concatenate([head.dense.bias for head in heads]).astype(np.float32),
    }


def corpus_digest(utterances: Sequence[Utterance]) -> str:
    """Return the SHA-256 over the sorted (language, intent, text) of all messages."""
    lines = sorted(f"{u.language}\t{u.intent}\t{u.text}" for u in utterances)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def measure(job: Job) -> tuple[Judged, ...]:
    """Train on the train part alone and predict the random test and, where there are situations, the unseen ones."""
    parts = split(job.utterances)
    if not parts.random:
        return ()
    # An intent that the split leaves with fewer than two messages cannot be measured.
    counts: dict[str, int] = {}
    for utterance in (*parts.train, *parts.calibration):
        counts[utterance.intent] = counts.get(utterance.intent, 0) + 1
    train = tuple(u for u in (*parts.train, *parts.calibration) if counts[u.intent] >= 2)
    if len({u.intent for u in train}) < 2:
        return ()
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), replace(job, utterances=train), fit(train, job.encoder, job.plan), ())
        bundle = Bundle.load(Path(folder), external=lambda _: job.encoder)
        return judge(bundle, {"random": parts.random, "unseen_situations": parts.unseen})


def judge(bundle: Bundle, tests: Mapping[str, tuple[Utterance, ...]]) -> tuple[Judged, ...]:
    """Predict the messages of every test that has some."""
    return tuple(
        Judged(name, messages, tuple(bundle.predict([wording(message) for message in messages])))
        for name, messages in tests.items()
        if messages
    )


def train(job: Job, out: Path) -> Manifest:
    """Measure, train on everything, write the bundle and its report to `out`."""
    job = replace(job, encoder=remembering(job.encoder))
    judged = measure(job)
    fitted = fit(job.utterances, job.encoder, job.plan)
    manifest = _write(out, job, fitted, judged)
    notes = ("The same recipe, trained without the test messages; this bundle was then trained on all messages.",)
    write_report(out, manifest, judged, fitted.confusions, notes=notes if judged else ())
    return manifest


def train_held(job: Job, held: Held, out: Path) -> Manifest:
    """Train on the job's messages alone, calibrate and test on those held out, write what was tested to `out`."""
    fitted = fit(job.utterances, job.encoder, job.plan, calibration=held.calibration, trained=held.dense)
    _write(out, job, fitted, ())
    judged = judge(Bundle.load(out), held.tests)
    manifest = _write(out, job, fitted, judged)
    notes = (
        f"This very bundle was tested; it never trained on these messages. Confusions are those among the "
        f"{len(held.calibration)} messages that chose its scales and thresholds.",
    )
    write_report(out, manifest, judged, fitted.confusions, notes=notes)
    return manifest


def _write(out: Path, job: Job, fitted: Fitted, judged: Sequence[Judged]) -> Manifest:
    metrics = {test.name: metrics_of(test.predictions, test.utterances).as_json() for test in judged}
    corpus: dict[str, str | int] = {
        "messages": len(job.utterances),
        "sha256": corpus_digest(job.utterances),
        "language_messages": len(job.plan.languages),
    }
    heads = HeadFiles(tensors_of(fitted), fitted.lexical, fitted.specs, fitted.scripts)
    card = model_card(job.name, corpus, metrics, fitted.specs, job.sources)
    return write_bundle(out, job.files, heads, Label(job.name, corpus, metrics, card))
