"""Learn how likely a passage answers a question, and write `knowledge_base/answer_score.json`.

`python -m training.fit.answers`; it takes about a minute. From run to run weights differ in their last digits.

The questions that train (`training/answers.py`) are put to the real search, and those of ePQA where
`DESKHAND_PUBLIC_DATA` holds them. A softmax over all passages is fitted to those that have an answer, with a penalty on
large weights; then a logistic function, which says how likely its first choice is right, to what it chooses for
questions to articles that it was not fitted to (five folds by article), those without an answer included.

That is done twice: for a shop whose articles name the questions that they answer, and those that they do not, and for
one where none does, or half of them do; each time for shops of a handful of articles, too.

Which passage of the article it is, is learned apart, from questions whose passage is known (`training/passages.tsv`),
by the words and the meaning of the passages alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge_base.scoring import FORMAT, GROUNDS, OWN, SIGNS, WITHIN, AnswerScore, Parameters, logits, own, vector
from models.bundle import Bundle
from training.answers import read_passages, share_of
from training.judged import Judged, base_of, epqa, shop_articles, shop_questions, topics_of

if TYPE_CHECKING:
    from knowledge_base.records import Article
    from knowledge_base.search import KnowledgeBase

SCORE_FILE = Path(__file__).parents[2] / "knowledge_base" / "answer_score.json"
FOLDS = 5
PENALTY = 3e-4
SURENESS_PENALTY = 3e-3
WITHIN_PENALTY = 0.02
# What a question of ePQA counts beside one to the shop: it is about other things.
EPQA_WEIGHT = 0.02
# What one that was written to be turned away counts: with full weight these would double the share of questions that no
# article answers, and everything would look less sure than it is.
FURTHER_WEIGHT = 0.2
_TINY = 1e-12
_CONSTANT = 1e-9
# No sign counts against what it speaks for: a model of few questions would else read chance into them.
_EITHER = ("foreign", "translated", "unasked", "undenied", "always")
_AGAINST = ("denied", "denied_close", "denied_words", "denied_mass", "brevity")
# Learning asks only for signs: whatever the shipped file holds, it can be learned anew.
_UNLEARNED = AnswerScore.of(Parameters.of({}, {}))


class Kept(NamedTuple):
    """What articles keep of the questions that they name, and what a question to such a shop counts.

    `shops` says to how many shops the articles are dealt out: with a handful of articles there is always a best one,
    however little it says.
    """

    asked: float
    denied: bool
    weight: float
    shops: int = 1

    def of(self, article: Article) -> Article:
        """Take the questions of the other articles away."""
        if share_of(f"kept\t{article_id(article)}") >= self.asked:
            return replace(article, questions=(), negative_questions=())
        return article if self.denied else replace(article, negative_questions=())


# Shops that name all questions; shops that name none, or few, where ePQA counts too.
ASKED = (Kept(1.0, True, 1.0), Kept(1.0, False, 0.3), Kept(1.0, True, 0.3, 30))
UNASKED = (
    Kept(0.0, False, 1.0),
    Kept(0.5, False, 1.0),
    Kept(0.5, True, 0.5),
    Kept(1.0, True, 0.3),
    Kept(0.0, False, 1.0, 30),
)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What the search found for a question: signs (passages, signs), grounds, and which passages are right."""

    signs: NDArray[np.float64]
    grounds: NDArray[np.float64]
    articles: tuple[str, ...]
    right: NDArray[np.bool_]
    key: str
    weight: float = 1.0

    @property
    def fold(self) -> int:
        """Give the fold that it is left out of."""
        return int(share_of(f"fold\t{self.key}") * FOLDS)


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """The likeliest article of a question: its share, what there was to go by, and whether it answers."""

    share: float
    grounds: NDArray[np.float64]
    own: NDArray[np.float64]
    right: bool
    weight: float


def examples_of(base: KnowledgeBase, bundle: Bundle, questions: Sequence[Judged], weight: float) -> list[Example]:
    """Put questions to the search.

    Args:
        base: The search.
        bundle: Makes vectors and intents.
        questions: The questions, with what answers them.
        weight: How much each counts.

    """
    examples = []
    for question, said in zip(questions, bundle.predict([one.text for one in questions]), strict=True):
        found = base.consider(
            question.text, vector=said.vector, language=question.language, brand=question.brand, topics=topics_of(said)
        )
        right = np.array([name in question.right for name in found.articles], dtype=np.bool_)
        counts = weight * (FURTHER_WEIGHT if question.further else 1.0)
        examples.append(Example(found.signs, vector(found.grounds), found.articles, right, question.key, counts))
    return examples


def ranker(examples: Sequence[Example], penalty: float = PENALTY) -> Parameters:
    """Fit the softmax to the questions whose answer was found; the penalty is on weights of signs at unit variance."""
    found = [(one.signs, one.right, one.weight) for one in examples if one.right.any()]
    return Parameters(_softmax(found, _bounds(SIGNS), penalty), np.zeros(len(GROUNDS)), np.zeros(len(OWN)))


def _softmax(
    questions: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_], float]],
    bounds: Sequence[tuple[float | None, float | None]],
    penalty: float,
) -> NDArray[np.float64]:
    """Fit weights of signs; of each question its passages' signs, which of them are right, and what it counts."""
    scale = np.concatenate([signs for signs, _, _ in questions]).std(axis=0)
    scale[scale < _CONSTANT] = 1.0
    scaled = [(signs / scale, right, weight) for signs, right, weight in questions]
    total = sum(weight for _, _, weight in questions)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        lost, slope = 0.0, np.zeros_like(weights)
        for signs, right, weight in scaled:
            strengths = signs @ weights
            shares = np.exp(strengths - strengths.max())
            shares /= shares.sum()
            reached = shares[right].sum() + _TINY
            lost -= weight * np.log(reached)
            slope += weight * signs.T @ (shares - np.where(right, shares / reached, 0.0))
        return lost / total + penalty * float(weights @ weights), slope / total + 2 * penalty * weights

    return np.asarray(minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B", bounds=bounds).x / scale)


def _bounds(names: Iterable[str]) -> list[tuple[float | None, float | None]]:
    of = dict.fromkeys(_EITHER, (None, None)) | dict.fromkeys(_AGAINST, (None, 0.0))
    return [of.get(name, (0.0, None)) for name in names]


def first_guess(score: Parameters, example: Example) -> Guess:
    """Give the likeliest article of a question."""
    if not len(example.signs):
        return Guess(0.0, example.grounds, np.zeros(len(OWN)), False, example.weight)
    shares, strengths = score.shares(example.signs, example.articles)
    best = int(np.argmax(shares * strengths))
    right = bool(example.right[best])
    return Guess(float(shares[best]), example.grounds, own(example.signs[best]), right, example.weight)


def fitted(examples: Sequence[Example], penalty: float = PENALTY) -> Parameters:
    """Fit the order of passages to everything, and how sure it is to what it was not fitted to."""
    guesses: list[Guess] = []
    for fold in range(FOLDS):
        held = [one for one in examples if one.fold == fold]
        rest = [one for one in examples if one.fold != fold]
        if held and any(one.right.any() for one in rest):
            score = ranker(rest, penalty)
            guesses += [first_guess(score, one) for one in held]
    return sureness(ranker(examples, penalty), guesses)


def sureness(ranked: Parameters, guesses: Sequence[Guess]) -> Parameters:
    """Fit the logistic function: its slope over the share's logit, and the weights of what there is to go by."""
    given = np.stack([np.concatenate([one.grounds, one.own, logits(np.array([one.share]))]) for one in guesses])
    right = np.array([one.right for one in guesses])
    weights = np.array([one.weight for one in guesses])
    scale = given.std(axis=0)
    scale[scale < _CONSTANT] = 1.0
    scaled = given / scale
    names = (*GROUNDS, *OWN, "slope")
    free = np.array(names) != "always"

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = scaled @ found
        lost = np.logaddexp(0.0, -scores) * right + np.logaddexp(0.0, scores) * ~right
        pull = weights * (1.0 / (1.0 + np.exp(-scores)) - right) / weights.sum()
        kept = free * found
        mean = float(weights @ lost / weights.sum())
        return mean + SURENESS_PENALTY * float(kept @ kept), scaled.T @ pull + 2 * SURENESS_PENALTY * kept

    best = minimize(loss, np.zeros(given.shape[1]), jac=True, method="L-BFGS-B", bounds=_bounds(names)).x / scale
    return replace(ranked, grounds=best[: len(GROUNDS)], own=best[len(GROUNDS) : -1], slope=float(best[-1]))


def within(places: Sequence[tuple[NDArray[np.float64], int]], penalty: float = WITHIN_PENALTY) -> NDArray[np.float64]:
    """Fit a softmax over the passages of the right article to the one that answers.

    Args:
        places: For each question the signs of these passages, shape (passages, len(WITHIN)), and which is right.
        penalty: On weights of signs at unit variance.

    """
    questions = [(signs, np.arange(len(signs)) == right, 1.0) for signs, right in places]
    return _softmax(questions, [(0.0, None)] * len(WITHIN), penalty)


def placed(bundle: Bundle) -> list[tuple[NDArray[np.float64], int]]:
    """Put the questions whose passage is known to the sample shop; those of which it is not found are left out."""
    base, known = base_of(shop_articles(), bundle, _UNLEARNED), read_passages()
    columns = [SIGNS.index(name) for name in WITHIN]
    found = []
    for one, said in zip(known, bundle.predict([each.text for each in known]), strict=True):
        seen = base.consider(one.text, vector=said.vector, language=one.language, topics=topics_of(said))
        rows = [
            row
            for row, entry in enumerate(seen.entries)
            if (entry.article, entry.language) == (one.article, one.article_language)
        ]
        right = [place for place, row in enumerate(rows) if seen.entries[row].heading_path[-1:] == one.heading_path]
        if len(rows) > 1 and len(right) == 1:
            found.append((seen.signs[rows][:, columns], right[0]))
    return found


def gathered(bundle: Bundle, shops: Sequence[Kept]) -> list[Example]:
    """Put the questions that train to the sample shop, its articles keeping what they may of their questions."""
    questions, articles = [one for one in shop_questions() if one.trains], list(shop_articles())
    examples: list[Example] = []
    for kept in shops:
        for number in range(kept.shops):
            held = [kept.of(article) for article in articles if _shop_of(article_id(article), kept.shops) == number]
            base = base_of(held, bundle, _UNLEARNED)
            examples += examples_of(base, bundle, _asked_of(questions, number, kept.shops), kept.weight)
    return examples


def article_id(article: Article) -> str:
    """Give the id that an article has in common with its translations."""
    return article.translation_of or article.id


def _shop_of(name: str, shops: int) -> int:
    """Deal something out."""
    return int(share_of(f"dealt\t{name}") * shops)


def _asked_of(questions: Sequence[Judged], number: int, shops: int) -> list[Judged]:
    """Give the questions that are put to one of several shops: those that it answers, and its part of all."""

    def falls_to(name: str) -> bool:
        return _shop_of(name, shops) == number

    return [one for one in questions if falls_to(f"{one.key}\t{one.text}") or any(map(falls_to, one.right))]


def gathered_epqa(bundle: Bundle, public_data: Path | None) -> list[Example]:
    """Put the questions of ePQA that train to the search; nothing where its file is not there."""
    examples: list[Example] = []
    path = public_data / "epqa" / "dev.csv" if public_data else None
    if path is not None and path.is_file():
        articles, others = epqa(path)
        others = [one for one in others if one.trains]
        brands = {one.brand for one in others}
        base = base_of((one for one in articles if one.brand in brands), bundle, _UNLEARNED)
        examples = examples_of(base, bundle, others, EPQA_WEIGHT)
    return examples


def written(score: AnswerScore, bundle: Bundle, counts: Mapping[str, int]) -> bytes:
    """Give the file that search reads."""
    content = {
        "format": FORMAT,
        "encoder": bundle.encoder.digest,
        "learned_from": counts,
        "asked": _as_json(score.asked),
        "unasked": _as_json(score.unasked),
        "within": _rounded(WITHIN, score.within),
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"


def _as_json(parameters: Parameters) -> dict[str, object]:
    return {
        "weights": _rounded(SIGNS, parameters.weights),
        "grounds": _rounded(GROUNDS, parameters.grounds),
        "own": _rounded(OWN, parameters.own),
        "slope": round(parameters.slope, 4),
    }


def _rounded(names: Iterable[str], weights: NDArray[np.float64]) -> dict[str, float]:
    return {name: round(weight, 4) for name, weight in zip(names, weights.tolist(), strict=True)}


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m training.fit.answers", description=__doc__)
    parser.add_argument("--bundle", type=Path, default=Bundle.default_path())
    parser.add_argument("--out", type=Path, default=SCORE_FILE)
    options = parser.parse_args()
    folder = os.environ.get("DESKHAND_PUBLIC_DATA")
    bundle = Bundle.load(options.bundle)
    epqa_examples = gathered_epqa(bundle, Path(folder) if folder else None)
    places = placed(bundle)
    score = AnswerScore(
        fitted(gathered(bundle, ASKED)),
        fitted([*gathered(bundle, UNASKED), *epqa_examples]),
        within(places),
    )
    counts = {
        "passages": len(places),
        "shop_questions": sum(one.trains for one in shop_questions()),
        "epqa_questions": len(epqa_examples),
    }
    options.out.write_bytes(written(score, bundle, counts))
    sys.stdout.write(f"{options.out}: learned from {counts}\n")


if __name__ == "__main__":
    main()
