"""Train a bundle's heads on labelled messages and write the bundle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from tqdm import tqdm

from models.calibration import sigmoid, softmax
from models.encoder import Encoder
from models.heads import ORDER
from models.manifest import Heads, HeadSpec, LexicalSpec
from models.prediction import SENTIMENTS
from models.script import COMMON, script_of
from tickets.errors import InvalidInputError
from training.fit.features import Vocabulary, fit_vocabulary, lexical_matrix
from training.fit.linear import (
    Weights,
    abstention_threshold,
    fit_dense,
    fit_lexical,
    fit_scales,
    flag_threshold,
    further_threshold,
    out_of_fold,
)
from training.utterances import Utterance

SPEC = LexicalSpec(bits=22, word_weight=0.7)
_SURE_LANGUAGE = 0.7


@dataclass(frozen=True, slots=True)
class FitPlan:
    """Settings of a training run.

    Args:
        precision: The intent head decides only where, out of fold, this share of its decisions is right.
        min_documents: N-grams in fewer messages are dropped.
        seed: Of folds and solvers.
        languages: Further (text, language) pairs for the language head alone; "other" stands for all languages
            that it should not name.

    """

    precision: float = 0.85
    min_documents: int = 3
    seed: int = 7
    languages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One head's data: rows of the corpus that have the label, the label's number for each, and the labels' names."""

    name: str
    rows: NDArray[np.int64]
    numbers: NDArray[np.int64]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FittedHead:
    """A head's weights over both families and its calibrated description."""

    spec: HeadSpec
    lexical: Weights
    dense: Weights


@dataclass(frozen=True, slots=True)
class Fitted:
    """Everything that a bundle holds of heads; `weights` are by head in serving order."""

    vocabulary: Vocabulary
    heads: dict[str, FittedHead]
    scripts: dict[str, tuple[str, ...]]
    lexical: LexicalSpec

    @property
    def specs(self) -> Heads:
        """The heads' descriptions for the manifest."""
        return Heads.model_validate({name: head.spec for name, head in self.heads.items()})


def fit(utterances: Sequence[Utterance], encoder: Encoder, plan: FitPlan) -> Fitted:
    """Fit all heads that the labels allow.

    Raises:
        InvalidInputError: There are fewer than two intents, or an intent has fewer than two messages.

    """
    _check_intents(utterances)
    texts = [utterance.text for utterance in utterances] + [text for text, _ in plan.languages]
    vocabulary = fit_vocabulary(texts, SPEC, min_documents=plan.min_documents)
    lexical = lexical_matrix(texts, SPEC, vocabulary)
    dense = encoder.encode(texts)
    heads = {}
    for task in tqdm(tasks(utterances, [language for _, language in plan.languages]), desc="heads", unit="head"):
        also = [utterances[row].also for row in task.rows] if task.name == "intent" else []
        heads[task.name] = _fit_task(task, lexical[task.rows], dense[task.rows], also, plan)
    return Fitted(vocabulary, heads, _scripts(utterances, plan.languages), SPEC)


def tasks(utterances: Sequence[Utterance], further: Sequence[str]) -> list[Task]:
    """List the heads that the labels allow, in serving order; rows with `further` languages follow the utterances."""
    languages = [*(utterance.language for utterance in utterances), *further]
    found = {
        "intent": _task("intent", [utterance.intent for utterance in utterances]),
        "language": _task("language", languages),
        "sentiment": _task("sentiment", [_mood(utterance.sentiment) for utterance in utterances], SENTIMENTS),
        "escalation": _task(
            "escalation", [_risk(utterance.escalate) for utterance in utterances], ("calm", "escalate")
        ),
    }
    return [found[name] for name in ORDER if found[name] is not None]  # type: ignore[misc]


def _mood(value: int | None) -> str | None:
    return None if value is None else SENTIMENTS[value + 2]


def _risk(value: bool | None) -> str | None:
    return None if value is None else ("escalate" if value else "calm")


def _task(name: str, values: Sequence[object], order: tuple[str, ...] = ()) -> Task | None:
    """Return None where fewer than two labels have at least two messages each."""
    counts = Counter(value for value in values if value is not None)
    usable = {str(value) for value, count in counts.items() if count >= 2}
    if len(usable) < 2 or (order and usable != set(order)):
        return None
    labels = order or tuple(sorted(usable))
    numbers = {label: number for number, label in enumerate(labels)}
    rows = [row for row, value in enumerate(values) if value is not None and str(value) in numbers]
    return Task(name, np.asarray(rows), np.asarray([numbers[str(values[row])] for row in rows]), labels)


def _check_intents(utterances: Sequence[Utterance]) -> None:
    counts = Counter(utterance.intent for utterance in utterances)
    rare = sorted(name for name, count in counts.items() if count < 2)
    if len(counts) < 2 or rare:
        raise InvalidInputError(
            f"intents with fewer than two messages: {', '.join(rare[:5])}"
            if rare
            else "fewer than two intents to tell apart",
            field="intent",
            hint="add messages (ten an intent is a start), or leave these intents out",
        )


def _fit_task(
    task: Task,
    lexical: sp.csr_matrix,
    dense: NDArray[np.float32],
    also: Sequence[tuple[str, ...]],
    plan: FitPlan,
) -> FittedHead:
    by_words, by_vector = out_of_fold(lexical, dense, task.numbers, plan.seed)
    scales = fit_scales(by_words, by_vector, task.numbers)
    total = (scales.lexical * by_words + scales.dense * by_vector).astype(np.float32)
    spec = HeadSpec(
        labels=task.labels,
        lexical_scale=scales.lexical,
        dense_scale=scales.dense,
        offset=scales.offset,
        threshold=_threshold(task, total, scales.offset, plan.precision),
        also_threshold=_also_threshold(task, total, also),
        prior=tuple(np.bincount(task.numbers, minlength=len(task.labels)) / len(task.numbers)),
    )
    words, vector = fit_lexical(lexical, task.numbers, plan.seed), fit_dense(dense, task.numbers, plan.seed)
    return FittedHead(spec, words, vector)


def _threshold(task: Task, scores: NDArray[np.float32], offset: float, precision: float) -> float:
    """Choose by out-of-fold scores when the head abstains (or, for escalation, raises)."""
    if len(task.labels) == 2:
        return flag_threshold(sigmoid(scores[:, 0], 1.0, offset).astype(np.float64), task.numbers)
    if task.name == "sentiment":
        return 0.0
    probabilities = softmax(scores).astype(np.float64)
    if task.name == "language":
        return max(_SURE_LANGUAGE, abstention_threshold(probabilities, task.numbers, 0.99))
    return abstention_threshold(probabilities, task.numbers, precision)


def _also_threshold(task: Task, scores: NDArray[np.float32], also: Sequence[tuple[str, ...]]) -> float:
    if len(task.labels) == 2 or not any(also):
        return 1.0
    numbers = {label: number for number, label in enumerate(task.labels)}
    truth = [{numbers[name] for name in names if name in numbers} for names in also]
    probabilities = softmax(scores).astype(np.float64)
    return further_threshold(probabilities, truth, probabilities.argmax(axis=1))


def _scripts(utterances: Sequence[Utterance], further: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Name the scripts that at least 2 % of a language's messages are written in."""
    counts: dict[str, Counter[str]] = {}
    for text, language in [*((u.text, u.language) for u in utterances), *further]:
        if language is not None:
            counts.setdefault(language, Counter())[script_of(text)] += 1
    return {
        language: tuple(sorted(name for name, n in found.items() if name != COMMON and n >= 0.02 * found.total()))
        for language, found in counts.items()
        if language != "other"
    }
