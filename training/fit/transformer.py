"""Distil a multilingual transformer from an English sentence transformer (Reimers & Gurevych 2020, arXiv 2004.09813).

The student takes some of the teacher's layers and a new embedding table. A piece that English texts use starts as the
teacher's own vector for it; every other piece starts as the mean of the English pieces that a static student found
nearest in meaning (after WECHSEL; Minixhofer et al. 2022, arXiv 2112.06598).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from models.transformer import LONGEST, shorten

if TYPE_CHECKING:
    from training.fit.distill import Examples

_PAD_TO = 4
_NEIGHBOURS = 8


@dataclass(frozen=True, slots=True)
class TransformerPlan:
    """How to distil the transformer. `work` keeps a checkpoint: a run that was cut off goes on where it stood.

    Args:
        work: Folder of the checkpoint.
        teacher: Folder or name of the sentence-transformers model.
        layers: Which of the teacher's layers the student starts from.
        epochs: Passes over the examples.
        tokens: Tokens a step, about.
        batch: Most sentences a step.
        documents: Share of further examples made by joining two to eight sentences of one language.
        embedding_rate: Learning rate of the embedding table (SparseAdam).
        layer_rate: Learning rate of all else (AdamW).
        seed: Of shuffling.

    """

    work: Path
    teacher: str
    layers: tuple[int, ...] = (0, 1, 3, 5)
    epochs: int = 1
    tokens: int = 6_144
    batch: int = 384
    documents: float = 0.06
    embedding_rate: float = 2e-3
    layer_rate: float = 3e-4
    seed: int = 7


class Trunk(nn.Module):
    """A BERT encoder (Devlin et al. 2019) in bfloat16 over an embedding table in float32; vectors are token means.

    Args:
        core: The layers, as `transformers` builds them.
        table: (pieces, dimension).
        layers: How many layers it has.
        attention_heads: Heads of each layer.

    """

    def __init__(self, core: nn.Module, table: torch.Tensor, layers: int, attention_heads: int) -> None:
        super().__init__()
        self.layers = layers
        self.attention_heads = attention_heads
        self.table = nn.Embedding(table.shape[0], table.shape[1], sparse=True, _weight=table)
        self.core = core

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return (rows, dimension) float32: the mean of the last layer over the tokens that `mask` keeps."""
        inputs = self.table(ids).to(next(self.core.parameters()).dtype)
        hidden = self.core(inputs_embeds=inputs, attention_mask=mask).last_hidden_state.float()
        weights = mask[..., None].float()
        means: torch.Tensor = (hidden * weights).sum(1) / weights.sum(1)
        return means


def student_of(teacher: str, layers: Sequence[int], table: NDArray[np.float32]) -> Trunk:
    """Build the student from the teacher's layers."""
    from transformers import AutoModel

    core = AutoModel.from_pretrained(teacher, add_pooling_layer=False, attn_implementation="eager")
    core.encoder.layer = nn.ModuleList([core.encoder.layer[number] for number in layers])
    core.config.num_hidden_layers = len(layers)
    core.embeddings.word_embeddings = nn.Embedding(1, core.config.hidden_size)
    for module in core.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    heads = int(core.config.num_attention_heads)
    return Trunk(core.to(torch.bfloat16), torch.from_numpy(table.copy()), len(layers), heads)


def initial_table(
    teacher: str, tokenizer: Tokenizer, static: NDArray[np.float32], english: Sequence[str], texts: Sequence[str]
) -> NDArray[np.float32]:
    """Return the student's first embedding table (pieces, dimension).

    Args:
        teacher: Folder or name of the sentence-transformers model.
        tokenizer: The student's.
        static: (pieces, dimension) of the static student, whose space all languages share.
        english: English texts, to know which pieces English uses.
        texts: All texts.

    """
    from transformers import AutoModel, AutoTokenizer

    source = AutoModel.from_pretrained(teacher).embeddings.word_embeddings.weight.detach().numpy()
    old = AutoTokenizer.from_pretrained(teacher)
    size = tokenizer.get_vocab_size()
    in_english, in_all = _counts(tokenizer, english, size), _counts(tokenizer, texts, size)
    rng = np.random.default_rng(0)
    table = source.mean(0) + rng.normal(0, source.std() * 0.3, (size, source.shape[1]))
    own = np.zeros(size, dtype=bool)
    for number in range(size):
        piece = tokenizer.id_to_token(number) or ""
        word = piece.removeprefix("▁")
        ids = old(word, add_special_tokens=False)["input_ids"] if word else []
        if not ids or old.unk_token_id in ids:
            continue
        if not piece.startswith("▁") and word.isalpha() and len(ids) == 1:
            inside = old.convert_tokens_to_ids(f"##{word}")
            ids = ids if inside == old.unk_token_id else [inside]
        if in_english[number] >= max(3.0, 0.25 * in_all[number]) or not word.isalpha():
            table[number] = source[ids].mean(0)
            own[number] = True
    _from_neighbours(table, own, static, in_english, in_all)
    return np.asarray(table, dtype=np.float32)


def _from_neighbours(
    table: NDArray[np.float64],
    own: NDArray[np.bool_],
    static: NDArray[np.float32],
    in_english: NDArray[np.float64],
    in_all: NDArray[np.float64],
) -> None:
    units = static / np.maximum(np.linalg.norm(static, axis=1, keepdims=True), 1e-9)
    known = np.flatnonzero(own & (in_english >= 10))
    wanted = np.flatnonzero(~own & (in_all >= 3))
    for start in range(0, len(wanted), 2_048):
        rows = wanted[start : start + 2_048]
        nearness = units[rows] @ units[known].T
        best = np.argpartition(-nearness, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
        weights = np.exp(10.0 * np.take_along_axis(nearness, best, axis=1))
        weights /= weights.sum(axis=1, keepdims=True)
        table[rows] = np.einsum("rn,rnd->rd", weights, table[known[best]])


def _counts(tokenizer: Tokenizer, texts: Sequence[str], size: int) -> NDArray[np.float64]:
    found = np.zeros(size)
    for start in range(0, len(texts), 16_384):
        ids = [np.asarray(row.ids) for row in tokenizer.encode_batch(list(texts[start : start + 16_384]))]
        found += np.bincount(np.concatenate(ids), minlength=size)
    return found


def padded(rows: Sequence[Sequence[int] | NDArray[np.int32]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and mask, (rows, longest), padded to a multiple of four tokens."""
    longest = -(-max(1, *(len(row) for row in rows)) // _PAD_TO) * _PAD_TO
    ids = np.zeros((len(rows), longest), dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
        mask[place, : max(1, len(row))] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def means_of(trunk: Trunk, rows: Sequence[Sequence[int] | NDArray[np.int32]]) -> torch.Tensor:
    """Return (rows, dimension) float32: the trunk's means. Each third by length is padded alone."""
    order = np.argsort([len(row) for row in rows], kind="stable")
    parts = [trunk(*padded([rows[place] for place in part])) for part in np.array_split(order, 3) if len(part)]
    return torch.cat(parts)[torch.from_numpy(np.argsort(order))]


class MixedAdam:
    """AdamW over float32 copies of bfloat16 weights, SparseAdam over the embedding table, one linear schedule.

    Args:
        trunk: Whose weights to train.
        further: Modules in float32 that train at `layer_rate` too.
        layer_rate: Of the layers.
        embedding_rate: Of the table.
        steps: Length of the schedule: a short warm-up, then down to zero.

    """

    def __init__(
        self, trunk: Trunk, further: Sequence[nn.Module], layer_rate: float, embedding_rate: float, steps: int
    ) -> None:
        self._half = [weight for weight in trunk.core.parameters() if weight.requires_grad]
        self._master = [weight.detach().float().clone() for weight in self._half]
        plain = [weight for module in further for weight in module.parameters()]
        self._adam = torch.optim.AdamW(
            [{"params": self._master, "lr": layer_rate}, {"params": plain, "lr": layer_rate * 5}], weight_decay=0.01
        )
        self._sparse = torch.optim.SparseAdam([trunk.table.weight], lr=embedding_rate)
        self._plain = plain
        self._rates = [layer_rate, layer_rate * 5, embedding_rate]
        self._steps = steps
        self.done = 0

    def begin(self) -> None:
        """Start the schedule anew."""
        self.done = 0

    def step(self) -> None:
        """Apply the gradients that backward left, and clear them."""
        warm = max(1, self._steps // 50)
        share = min(1.0, (self.done + 1) / warm) * max(0.0, 1.0 - self.done / self._steps)
        groups = [*self._adam.param_groups, *self._sparse.param_groups]
        for group, rate in zip(groups, self._rates, strict=True):
            group["lr"] = rate * share
        for master, half in zip(self._master, self._half, strict=True):
            master.grad = None if half.grad is None else half.grad.float()
            half.grad = None
        torch.nn.utils.clip_grad_norm_([*self._master, *self._plain], 1.0)
        self._adam.step()
        self._adam.zero_grad()
        self._sparse.step()  # type: ignore[no-untyped-call]
        self._sparse.zero_grad()
        with torch.no_grad():
            for master, half in zip(self._master, self._half, strict=True):
                half.copy_(master)
        self.done += 1

    def state(self) -> dict[str, object]:
        """Return what a checkpoint must hold."""
        return {
            "master": self._master,
            "adam": self._adam.state_dict(),
            "sparse": self._sparse.state_dict(),
            "done": self.done,
        }

    def restore(self, state: dict[str, object]) -> None:
        """Take up a checkpoint's state."""
        for own, saved in zip(self._master, state["master"], strict=True):  # type: ignore[call-overload]
            own.copy_(saved)
        self._adam.load_state_dict(state["adam"])  # type: ignore[arg-type]
        self._sparse.load_state_dict(state["sparse"])  # type: ignore[arg-type]
        self.done = int(state["done"])  # type: ignore[call-overload]


class Pairs:
    """The distillation's examples as batches of similar length: single sentences, and several joined.

    Args:
        examples: Texts and their targets.
        languages: A group number for each text; only texts of one group are joined.
        teacher: (english sentences, dimension) unit vectors.
        tokenizer: The student's.

    """

    def __init__(
        self, examples: Examples, languages: NDArray[np.int64], teacher: NDArray[np.float16], tokenizer: Tokenizer
    ) -> None:
        self._targets = examples.targets
        self._teacher = teacher
        self._groups = [np.flatnonzero(languages == number) for number in np.unique(languages)]
        self._ids: list[NDArray[np.int32]] = []
        for start in range(0, len(examples.texts), 16_384):
            for row in tokenizer.encode_batch(list(examples.texts[start : start + 16_384])):
                self._ids.append(np.asarray(shorten(row.ids) or [0], dtype=np.int32))
        self._lengths = np.array([len(row) for row in self._ids])

    def __len__(self) -> int:
        return len(self._ids)

    def count(self, plan: TransformerPlan) -> int:
        """Return how many batches all epochs have."""
        return sum(len(self._arrange(plan, epoch)[2]) for epoch in range(plan.epochs))

    def batches(self, plan: TransformerPlan, epoch: int) -> Iterator[tuple[list[NDArray[np.int32]], torch.Tensor]]:
        """Yield token ids and teacher vectors (rows, dimension) float32 in an order that (seed, epoch) fixes."""
        rows, order, bounds = self._arrange(plan, epoch)
        for first, last in bounds:
            chosen = [rows[number] for number in order[first:last]]
            yield [self._joined(row) for row in chosen], self._vectors(chosen)

    def _arrange(
        self, plan: TransformerPlan, epoch: int
    ) -> tuple[list[tuple[int, ...]], NDArray[np.int64], list[tuple[int, int]]]:
        rng = np.random.default_rng((plan.seed, epoch))
        rows: list[tuple[int, ...]] = [(number,) for number in range(len(self._ids))]
        for group in self._groups:
            wanted = int(plan.documents * len(group))
            rows += [tuple(rng.choice(group, size=rng.integers(2, 9)).tolist()) for _ in range(wanted)]
        lengths = np.array([min(LONGEST, int(self._lengths[list(row)].sum())) for row in rows])
        order = np.lexsort((rng.random(len(rows)), lengths))
        bounds, start = [], 0
        while start < len(order):
            size = max(24, min(plan.batch, plan.tokens // max(1, int(lengths[order[start]]))))
            bounds.append((start, min(len(order), start + size)))
            start += size
        return rows, order, [bounds[place] for place in rng.permutation(len(bounds))]

    def _joined(self, row: tuple[int, ...]) -> NDArray[np.int32]:
        return self._ids[row[0]] if len(row) == 1 else np.concatenate([self._ids[n] for n in row])[:LONGEST]

    def _vectors(self, rows: Sequence[tuple[int, ...]]) -> torch.Tensor:
        means = np.stack([self._teacher[self._targets[list(row)]].astype(np.float32).mean(0) for row in rows])
        return functional.normalize(torch.from_numpy(means), dim=1)


def distillation_loss(student: torch.Tensor, teacher: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return in-batch contrastive loss (scale 20) plus five times the cosine distance, and the mean cosine.

    Rows whose teacher vectors are the same sentence are no negatives of one another.
    """
    student = functional.normalize(student, dim=1)
    same = teacher @ teacher.T > 0.999
    scores = 20.0 * student @ teacher.T
    scores = scores.masked_fill(same & ~torch.eye(len(scores), dtype=torch.bool), float("-inf"))
    cosine = (student * teacher).sum(1).mean()
    return functional.cross_entropy(scores, torch.arange(len(scores))) + 5.0 * (1.0 - cosine), cosine


def train_transformer(plan: TransformerPlan, trunk: Trunk, pairs: Pairs) -> float:
    """Distil into `trunk`; returns the running mean cosine to the teacher."""
    total = pairs.count(plan)
    optimizer = MixedAdam(trunk, (), plan.layer_rate, plan.embedding_rate, total)
    path = plan.work / "transformer.pt"
    cosine = 0.0
    if path.exists():
        saved = torch.load(path, weights_only=True)
        trunk.load_state_dict(saved["trunk"])
        optimizer.restore(saved["optimizer"])
        cosine = saved["cosine"]
    seen = 0
    with tqdm(total=total, desc="transformer", unit="step", mininterval=10) as bar:
        for epoch in range(plan.epochs):
            for rows, wanted in pairs.batches(plan, epoch):
                seen += 1
                if seen <= optimizer.done:
                    bar.update()
                    continue
                loss, near = distillation_loss(trunk(*padded(rows)), wanted)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                cosine = 0.99 * cosine + 0.01 * float(near.detach()) if seen > 100 else float(near.detach())
                bar.update()
                if seen % 50 == 0:
                    bar.set_postfix(cosine=f"{cosine:.3f}")
                if seen % 400 == 0:
                    _save(path, trunk, optimizer, cosine)
    _save(path, trunk, optimizer, cosine)
    return cosine


def _save(path: Path, trunk: Trunk, optimizer: MixedAdam, cosine: float) -> None:
    unfinished = path.with_suffix(".part")
    torch.save({"trunk": trunk.state_dict(), "optimizer": optimizer.state(), "cosine": cosine}, unfinished)
    unfinished.replace(path)
