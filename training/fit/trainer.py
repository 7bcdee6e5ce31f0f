"""Train a bundle's heads on labelled messages and write the bundle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.calibration import recalibrated, sigmoid, softmax
from models.encoder import Encoder, encode_both
from models.heads import ORDER
from models.manifest import Heads, HeadSpec, LexicalSpec
from models.prediction import SENTIMENTS
from models.script import COMMON, script_of
from tickets.errors import InvalidInputError
from training.fit.features import Features, Vocabulary, fit_vocabulary, lexical_matrix
from training.fit.folds import out_of_fold
from training.fit.linear import (
    USUAL,
    Scales,
    Weights,
    abstention_threshold,
    fit_beta,
    fit_dense,
    fit_lexical,
    fit_scales,
    flag_threshold,
    further_threshold,
)
from training.fit.several import FittedHead, fit_further, fit_reasons
from training.report import Confusion
from training.utterances import Utterance, wording

SPEC = LexicalSpec(bits=22, word_weight=0.7)
_SURE_LANGUAGE = 0.7
_CHUNK = 4_096
_FEWEST_JUDGES = 300
# Heads whose first guess's probability people read.
_BETA = frozenset({"intent", "sentiment"})


@dataclass(frozen=True, slots=True)
class FitPlan:
    """Settings of a training run.

    Args:
        precision: The intent head decides only where, out of fold, this share of its decisions is right.
        min_documents: N-grams in fewer messages are dropped.
        most_buckets: And the rarest of them until so many are left: a bundle has 64 MB.
        seed: Of folds and solvers.
        languages: Further (text, language) pairs for the language head alone; "other" stands for all languages
            that it should not name.
        familiar: Texts that the encoder was fine-tuned on. Heads train on them, but where at least 300 others are at
            hand, scales and thresholds are chosen on these alone: on familiar texts the encoder is too good.

    """

    precision: float = 0.85
    min_documents: int = 3
    most_buckets: int = 230_000
    seed: int = 7
    languages: tuple[tuple[str, str], ...] = ()
    familiar: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Task:
    """One head's data: rows of the corpus that have the label, the label's number for each, and the labels' names."""

    name: str
    rows: NDArray[np.int64]
    numbers: NDArray[np.int64]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Everything that a bundle holds of heads, by name, and which intents were confused on messages not trained on."""

    vocabulary: Vocabulary
    heads: dict[str, FittedHead]
    scripts: dict[str, tuple[str, ...]]
    lexical: LexicalSpec
    confusions: tuple[Confusion, ...] = ()

    @property
    def specs(self) -> Heads:
        """The heads' descriptions for the manifest."""
        return Heads.model_validate({name: head.spec for name, head in self.heads.items()})


def fit(
    utterances: Sequence[Utterance],
    encoder: Encoder,
    plan: FitPlan,
    *,
    calibration: Sequence[Utterance] = (),
    trained: Mapping[str, Weights] | None = None,
) -> Fitted:
    """Fit all heads that the labels allow.

    Args:
        utterances: What the heads train on.
        encoder: Makes their dense features.
        plan: How.
        calibration: Messages that neither encoder nor heads train on, for scales and thresholds; where there are
            none, these are chosen by cross-validation.
        trained: Dense weights by head that were trained together with the encoder; the others are fitted here.

    Raises:
        InvalidInputError: There are fewer than two intents, or an intent has fewer than two messages.

    """
    _check_intents(utterances)
    both = [*utterances, *calibration]
    texts = [wording(utterance) for utterance in both] + [text for text, _ in plan.languages]
    own = np.ones(len(texts), dtype=bool)
    own[len(utterances) : len(both)] = False
    vocabulary = fit_vocabulary(
        [text for text, fits in zip(texts, own, strict=True) if fits],
        SPEC,
        min_documents=plan.min_documents,
        most=plan.most_buckets,
    )
    familiar = np.array([text in plan.familiar for text in texts])
    features = Features(lexical_matrix(texts, SPEC, vocabulary), _dense(encoder, texts), own, familiar)
    heads: dict[str, FittedHead] = {}
    trained = trained or {}
    totals: NDArray[np.float64] | None = None
    confusions: tuple[Confusion, ...] = ()
    for task in tqdm(tasks(both, [language for _, language in plan.languages], own), desc="heads", unit="head"):
        also = [both[row].also for row in task.rows] if task.name == "intent" else []
        heads[task.name], scores, numbers = _fit_task(task, features, also, plan, trained.get(task.name))
        if task.name == "intent":
            totals, confusions = scores, count_confusions(task.labels, numbers, scores.argmax(axis=1))
    if "escalation" in heads:
        heads |= fit_reasons(both, features, plan.seed, trained.get("reasons"))
    if calibration and totals is not None and "further" in trained:
        labels = heads["intent"].spec.labels
        held = [utterance for utterance in calibration if utterance.intent in labels]
        dense = features.dense[len(utterances) : len(both)]
        heads |= fit_further(
            held, dense, totals, labels, trained["further"], _scorer(heads["intent"], vocabulary, encoder)
        )
    return Fitted(vocabulary, heads, _scripts(utterances, plan.languages), SPEC, confusions)


def _scorer(
    head: FittedHead, vocabulary: Vocabulary, encoder: Encoder
) -> Callable[[Sequence[str]], NDArray[np.float64]]:
    """Return what gives texts the scores of a fitted head."""
    if head.lexical is None:
        raise ValueError("the intent head reads n-grams and encoder both")
    words, spec = head.lexical, head.spec
    scales = Scales(spec.lexical_scale, spec.dense_scale, 0.0)

    def scores(texts: Sequence[str]) -> NDArray[np.float64]:
        by_words = words.scores(lexical_matrix(texts, SPEC, vocabulary))
        return scales.total(by_words, head.dense.scores(_dense(encoder, texts)))

    return scores


def count_confusions(
    labels: Sequence[str], truth: NDArray[np.int64], guessed: NDArray[np.int64]
) -> tuple[Confusion, ...]:
    """Return every pair of labels of which one was taken for the other, the most frequent first."""
    totals = Counter(truth.tolist())
    pairs = Counter(zip(truth.tolist(), guessed.tolist(), strict=True))
    wrong = sorted((pair for pair in pairs if pair[0] != pair[1]), key=lambda pair: (-pairs[pair], pair))
    return tuple(Confusion(labels[a], labels[b], pairs[a, b], pairs[a, b] / totals[a]) for a, b in wrong)


def _dense(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    parts = [
        encode_both(encoder, texts[start : start + _CHUNK]).features
        for start in tqdm(range(0, len(texts), _CHUNK), desc="encoder", unit="chunk", leave=False)
    ]
    return np.concatenate(parts)


def tasks(utterances: Sequence[Utterance], further: Sequence[str], own: NDArray[np.bool_] | None = None) -> list[Task]:
    """List the heads that the labels allow, in serving order; rows with `further` languages follow the utterances.

    Labels are those of the rows marked in `own` (all of them where it is None).
    """
    languages = [*(utterance.language for utterance in utterances), *further]
    found = {
        "intent": _task("intent", [utterance.intent for utterance in utterances], own),
        "language": _task("language", languages, own),
        "sentiment": _task("sentiment", [_mood(utterance.sentiment) for utterance in utterances], own, SENTIMENTS),
        "escalation": _task(
            "escalation", [_risk(utterance.escalate) for utterance in utterances], own, ("calm", "escalate")
        ),
    }
    return [task for name in ORDER if (task := found.get(name)) is not None]


def _mood(value: int | None) -> str | None:
    return None if value is None else SENTIMENTS[value + 2]


def _risk(value: bool | None) -> str | None:
    return None if value is None else ("escalate" if value else "calm")


def _task(
    name: str, values: Sequence[object], own: NDArray[np.bool_] | None, order: tuple[str, ...] = ()
) -> Task | None:
    """Return None where fewer than two labels have at least two messages each."""
    counts = Counter(value for row, value in enumerate(values) if value is not None and (own is None or own[row]))
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
    task: Task, features: Features, also: Sequence[tuple[str, ...]], plan: FitPlan, trained: Weights | None
) -> tuple[FittedHead, NDArray[np.float64], NDArray[np.int64]]:
    """Return the head, and the calibrated scores and the labels of the rows that chose its scales."""
    lexical, dense, own = features.lexical[task.rows], features.dense[task.rows], features.own[task.rows]
    judged = _judges(features.familiar[task.rows]) if own.all() else ~own
    choosing = judged if task.name == "intent" else None
    unseen = out_of_fold(lexical, dense, task.numbers, plan.seed, choosing) if own.all() else None
    costs = USUAL if unseen is None else unseen.costs
    words = fit_lexical(lexical[own], task.numbers[own], plan.seed, costs.lexical)
    vector = trained or fit_dense(dense[own], task.numbers[own], plan.seed, costs.dense)
    if unseen is None:
        by_words, by_vector = words.scores(lexical[judged]), vector.scores(dense[judged])
    else:
        by_words, by_vector = unseen.lexical[judged], unseen.dense[judged]
    numbers = task.numbers[judged]
    scales = fit_scales(by_words, by_vector, numbers)
    total = scales.total(by_words, by_vector).astype(np.float32)
    beta = _beta(task, numbers, total)
    counts = np.bincount(task.numbers[own], minlength=len(task.labels))
    spec = HeadSpec(
        labels=task.labels,
        lexical_scale=scales.lexical,
        dense_scale=scales.dense,
        offset=scales.offset,
        beta=beta,
        threshold=_threshold(task, numbers, total, scales.offset, beta, plan.precision),
        also_threshold=_also_threshold(task, total, [names for names, row in zip(also, judged, strict=True) if row])
        if also
        else 1.0,
        prior=tuple(counts / counts.sum()),
    )
    return FittedHead(spec, words, vector), total.astype(np.float64), numbers


def _judges(familiar: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return ~familiar if (~familiar).sum() >= _FEWEST_JUDGES else np.ones(len(familiar), dtype=bool)


def _beta(task: Task, numbers: NDArray[np.int64], scores: NDArray[np.float32]) -> tuple[float, float, float] | None:
    if task.name not in _BETA or len(numbers) < _FEWEST_JUDGES:
        return None
    return fit_beta(softmax(scores).astype(np.float64), numbers)


def _threshold(
    task: Task,
    numbers: NDArray[np.int64],
    scores: NDArray[np.float32],
    offset: float,
    beta: tuple[float, float, float] | None,
    precision: float,
) -> float:
    """Choose by the scores of rows that the head did not see when it abstains (or, for escalation, raises)."""
    if len(task.labels) == 2:
        return flag_threshold(sigmoid(scores[:, 0], 1.0, offset).astype(np.float64), numbers)
    if task.name == "sentiment":
        return 0.0
    plain = softmax(scores)
    probabilities = (plain if beta is None else recalibrated(plain, beta)).astype(np.float64)
    if task.name == "language":
        return max(_SURE_LANGUAGE, abstention_threshold(probabilities, numbers, 0.99))
    return abstention_threshold(probabilities, numbers, precision)


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
