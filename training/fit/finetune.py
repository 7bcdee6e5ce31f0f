"""Fine-tune the distilled trunk on labelled messages, while the distillation goes on beside it.

One trunk serves triage and search: every step takes a batch of messages for the heads, and batches of sentence pairs
for the distillation loss and of texts that mean the same for the contrastive one, which both read the trunk through a
projection of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from models.prediction import REASONS
from models.transformer import shorten
from training.fit.contrast import Contrast, contrastive_loss
from training.fit.noise import disturb
from training.fit.transformer import MixedAdam, Pairs, TransformerPlan, Trunk, distillation_loss, means_of, padded
from training.utterances import Utterance, wording

SHARPNESS = 10.0
_UNKNOWN = -100


@dataclass(frozen=True, slots=True)
class FineTunePlan:
    """How to fine-tune. `work` keeps a checkpoint: a run that was cut off goes on where it stood.

    Args:
        work: Folder of the checkpoint.
        epochs: Passes over the messages.
        cycle: Passes after which the learning rates start anew (Loshchilov & Hutter 2017, arXiv 1608.03983).
        averaged: The result is the mean of the weights at the end of so many last cycles (Wortsman et al. 2022,
            arXiv 2203.05482): it is better on new matters than any of them, and forgets less of search.
        tokens: Tokens of messages a step, about.
        batch: Most messages a step.
        pairs: Sentence pairs a step; 0 leaves the distillation out.
        layer_rate: Learning rate of the layers; the heads take five times it.
        embedding_rate: Learning rate of the embedding table.
        noise: Share of messages that are disturbed in an epoch.
        dropout: Share of tokens left out of a message.
        smoothing: Label smoothing of the intent.
        seed: Of shuffling, noise and first weights.

    """

    work: Path
    epochs: int = 18
    cycle: int = 3
    averaged: int = 4
    tokens: int = 3_072
    batch: int = 96
    pairs: int = 64
    layer_rate: float = 1.6e-4
    embedding_rate: float = 8e-4
    noise: float = 0.2
    dropout: float = 0.1
    smoothing: float = 0.05
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Beside:
    """What search goes on learning from: a batch of each a step.

    `pairs` are sentences and the teacher's vectors for the distillation, `contrasts` texts that mean the same.
    """

    pairs: Sequence[Pairs] = ()
    contrasts: Sequence[Contrast] = ()


class Readout(nn.Module):
    """Linear heads over unit features, and the projection for search.

    Args:
        width: Of the features.
        intents: The labels in the order of the head's columns.

    """

    def __init__(self, width: int, intents: Sequence[str]) -> None:
        super().__init__()
        self.intents = tuple(intents)
        self.projection = nn.Linear(width, width, bias=False)
        nn.init.eye_(self.projection.weight)
        self.intent = nn.Linear(width, len(intents))
        self.further = nn.Linear(width, len(intents))
        self.sentiment = nn.Linear(width, 5)
        self.escalation = nn.Linear(width, 1)
        self.reasons = nn.Linear(width, len(REASONS))

    def heads(self) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Return weights (width, columns) and bias (columns,) by head, over unit features."""
        return {
            name: (
                np.ascontiguousarray(head.weight.detach().numpy().T * np.float32(SHARPNESS)),
                head.bias.detach().numpy().copy(),
            )
            for name, head in self.named_children()
            if name != "projection" and isinstance(head, nn.Linear)
        }


@dataclass(frozen=True, slots=True)
class _Targets:
    intent: torch.Tensor
    named: torch.Tensor
    sentiment: torch.Tensor
    escalation: torch.Tensor
    reasons: torch.Tensor
    has_reasons: torch.Tensor

    def take(self, rows: torch.Tensor) -> _Targets:
        return _Targets(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def _targets(utterances: Sequence[Utterance], intents: Sequence[str]) -> _Targets:
    numbers = {name: number for number, name in enumerate(intents)}
    named = torch.zeros(len(utterances), len(intents))
    reasons = torch.zeros(len(utterances), len(REASONS))
    for row, utterance in enumerate(utterances):
        for name in (utterance.intent, *utterance.also):
            if name in numbers:
                named[row, numbers[name]] = 1.0
        for name in utterance.reasons:
            reasons[row, REASONS.index(name)] = 1.0
    return _Targets(
        intent=torch.tensor([numbers[u.intent] for u in utterances]),
        named=named,
        sentiment=torch.tensor([_UNKNOWN if u.sentiment is None else u.sentiment + 2 for u in utterances]),
        escalation=torch.tensor([_UNKNOWN if u.escalate is None else int(u.escalate) for u in utterances]),
        reasons=reasons,
        has_reasons=torch.tensor([bool(u.reasons) or u.escalate is False for u in utterances]),
    )


def _loss(readout: Readout, means: torch.Tensor, wanted: _Targets, smoothing: float) -> torch.Tensor:
    features = SHARPNESS * functional.normalize(means, dim=1)
    total = functional.cross_entropy(readout.intent(features), wanted.intent, label_smoothing=smoothing)
    named = functional.binary_cross_entropy_with_logits(readout.further(features), wanted.named, reduction="none")
    total = total + 0.3 * named.sum(1).mean()
    total = total + 0.4 * functional.cross_entropy(readout.sentiment(features), wanted.sentiment, ignore_index=_UNKNOWN)
    known = wanted.escalation != _UNKNOWN
    if known.any():
        risk = readout.escalation(features)[known, 0]
        total = total + 0.4 * functional.binary_cross_entropy_with_logits(risk, wanted.escalation[known].float())
    if wanted.has_reasons.any():
        why = functional.binary_cross_entropy_with_logits(
            readout.reasons(features)[wanted.has_reasons], wanted.reasons[wanted.has_reasons], reduction="none"
        )
        total = total + 0.2 * why.sum(1).mean()
    return total


class _Messages:
    def __init__(self, plan: FineTunePlan, texts: Sequence[str], tokenizer: Tokenizer) -> None:
        self._plan = plan
        self._texts = texts
        self._tokenizer = tokenizer

    def batches(self, epoch: int) -> list[tuple[list[list[int]], torch.Tensor]]:
        """Return (token ids, row numbers) of an epoch, similar lengths together, in an order of its own."""
        plan = self._plan
        rng = np.random.default_rng((plan.seed, epoch))
        texts = [disturb(text, rng) if rng.random() < plan.noise else text for text in self._texts]
        ids = [self._thinned(shorten(row.ids), rng) for row in self._tokenizer.encode_batch(texts)]
        lengths = np.array([len(row) for row in ids])
        order = np.lexsort((rng.random(len(ids)), lengths // 4))
        found, start = [], 0
        while start < len(order):
            size = max(16, min(plan.batch, plan.tokens // max(1, int(lengths[order[start]]))))
            rows = order[start : start + size]
            found.append(([ids[row] for row in rows], torch.from_numpy(rows)))
            start += size
        return [found[place] for place in rng.permutation(len(found))]

    def _thinned(self, ids: list[int], rng: np.random.Generator) -> list[int]:
        kept = [number for number in ids if rng.random() >= self._plan.dropout]
        return kept or ids or [0]


def _endless(pairs: Pairs, plan: FineTunePlan) -> Iterator[tuple[list[NDArray[np.int32]], torch.Tensor]]:
    schedule = TransformerPlan(plan.work, "", batch=plan.pairs, tokens=16 * plan.pairs, seed=plan.seed + 1)
    epoch = 0
    while True:
        yield from pairs.batches(schedule, epoch)
        epoch += 1


def fine_tune(
    plan: FineTunePlan,
    trunk: Trunk,
    readout: Readout,
    utterances: Sequence[Utterance],
    tokenizer: Tokenizer,
    beside: Beside = Beside(),
) -> None:
    """Train `trunk` and heads on the messages.

    Args:
        plan: How.
        trunk: Trained in place.
        readout: The heads, fresh or trained before; trained in place, too.
        utterances: The messages; labels that one lacks are left out of the loss.
        tokenizer: The trunk's.
        beside: What search goes on learning from.

    """
    torch.manual_seed(plan.seed)
    wanted = _targets(utterances, readout.intents)
    messages = _Messages(plan, [wording(utterance) for utterance in utterances], tokenizer)
    each = len(messages.batches(0))
    # The number of batches differs a little between epochs; the schedule's end is clipped, not exceeded.
    steps = min(plan.cycle, plan.epochs) * (each + 4)
    optimizer = MixedAdam(trunk, (readout,), plan.layer_rate, plan.embedding_rate, steps)
    mean = _Mean()
    path = plan.work / "finetune.pt"
    first = _restore(path, trunk, readout, optimizer, mean)
    near = [_endless(one, plan) for one in beside.pairs if plan.pairs]
    alike = [(one.draw, one.batches(first)) for one in beside.contrasts]
    total = plan.epochs * each
    with tqdm(total=total, initial=first * each, desc="fine-tuning", unit="step", mininterval=10) as bar:
        for epoch in range(first, plan.epochs):
            running = 0.0
            if epoch % plan.cycle == 0:
                optimizer.begin()
            for ids, rows in messages.batches(epoch):
                loss = _loss(readout, trunk(*padded(ids)), wanted.take(rows), plan.smoothing)
                for sentences, vectors in map(next, near):
                    apart, _ = distillation_loss(readout.projection(trunk(*padded(sentences))), vectors)
                    loss = loss + 0.5 * apart
                for draw, batches in alike:
                    texts, labels = next(batches)
                    meant = contrastive_loss(readout.projection(means_of(trunk, texts)), labels, every=draw.every)
                    loss = loss + draw.weight * meant
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                running = 0.98 * running + 0.02 * float(loss.detach())
                bar.update()
            bar.set_postfix(loss=f"{running:.3f}")
            ended = (epoch + 1) % plan.cycle == 0 or epoch + 1 == plan.epochs
            if ended and plan.epochs - epoch <= plan.cycle * (plan.averaged - 1) + 1:
                mean.add(trunk, readout)
            _save(path, trunk, readout, optimizer, mean, epoch + 1)
    mean.load_into(trunk, readout)


class _Mean:
    """The mean of the weights of trunk and heads at several moments."""

    def __init__(self) -> None:
        self.count = 0
        self.sums: dict[str, torch.Tensor] = {}

    def add(self, trunk: Trunk, readout: Readout) -> None:
        for name, tensor in self._weights(trunk, readout).items():
            value = tensor.detach().float()
            self.sums[name] = self.sums[name] + value if name in self.sums else value.clone()
        self.count += 1

    def load_into(self, trunk: Trunk, readout: Readout) -> None:
        if not self.count:
            return
        with torch.no_grad():
            for name, tensor in self._weights(trunk, readout).items():
                tensor.copy_(self.sums[name] / self.count)

    @staticmethod
    def _weights(trunk: Trunk, readout: Readout) -> dict[str, torch.Tensor]:
        modules = {"trunk": trunk.state_dict(), "readout": readout.state_dict()}
        return {
            f"{part}.{name}": tensor
            for part, state in modules.items()
            for name, tensor in state.items()
            if tensor.is_floating_point()
        }


def _save(path: Path, trunk: Trunk, readout: Readout, optimizer: MixedAdam, mean: _Mean, epoch: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    state = {
        "trunk": trunk.state_dict(),
        "readout": readout.state_dict(),
        "optimizer": optimizer.state(),
        "mean": {"count": mean.count, "sums": mean.sums},
        "epoch": epoch,
    }
    torch.save(state, unfinished)
    unfinished.replace(path)


def _restore(path: Path, trunk: Trunk, readout: Readout, optimizer: MixedAdam, mean: _Mean) -> int:
    if not path.exists():
        return 0
    saved = torch.load(path, weights_only=True)
    trunk.load_state_dict(saved["trunk"])
    readout.load_state_dict(saved["readout"])
    optimizer.restore(saved["optimizer"])
    mean.count, mean.sums = saved["mean"]["count"], saved["mean"]["sums"]
    return int(saved["epoch"])
