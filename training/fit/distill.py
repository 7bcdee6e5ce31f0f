"""Distil a static multilingual encoder from an English sentence transformer.

The student maps a sentence and its translation to the teacher's vector of the English side (Reimers & Gurevych 2020,
arXiv 2004.09813); it is a table of token vectors whose mean is the sentence's vector, trained with in-batch
contrastive loss and cosine distance to the teacher.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers import models as tokenizer_models
from tokenizers.trainers import UnigramTrainer
from torch.nn import functional
from tqdm import tqdm

from training.public_data import PairFile, read_pairs

_CHUNK = 16_384


@dataclass(frozen=True, slots=True)
class DistilPlan:
    """How to distil. `work` keeps checkpoints: a run that was cut off goes on where it stood.

    Args:
        work: Folder of the teacher's vectors and checkpoints.
        teacher: Folder or name of a sentence-transformers model.
        pieces: Size of the tokenizer's vocabulary.
        pairs_per_file: At most so many pairs of one file.
        epochs: Passes over the examples.
        batch: Sentences a step.
        rate: Learning rate of SparseAdam, decayed linearly to zero.
        seed: Of shuffling and initial weights.

    """

    work: Path
    teacher: str
    pieces: int = 40_000
    pairs_per_file: int = 60_000
    epochs: int = 4
    batch: int = 1_024
    rate: float = 4e-3
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Examples:
    """`texts[i]` should land on the teacher's vector of `english[targets[i]]`; `groups[i]` numbers its file."""

    english: tuple[str, ...]
    texts: tuple[str, ...]
    targets: NDArray[np.int64]
    groups: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StaticTable:
    """A trained student: `vectors` (pieces, dimension) float32 and the tokenizer as JSON."""

    vectors: NDArray[np.float32]
    tokenizer_json: str
    teacher_cosine: float


def gather(plan: DistilPlan, files: Sequence[PairFile], english_texts: Sequence[str]) -> Examples:
    """Collect pairs and plain English texts; each English sentence is a text of its own as well."""
    numbers: dict[str, int] = {}
    texts: list[str] = []
    targets: list[int] = []
    groups: list[int] = []
    for number, file in enumerate(files, 1):
        pairs = sorted(read_pairs(file), key=lambda pair: hashlib.sha256("\t".join(pair).encode()).digest())
        for english, other in pairs[: plan.pairs_per_file]:
            targets.append(numbers.setdefault(english, len(numbers)))
            texts.append(other)
            groups.append(number)
    for text in english_texts:
        numbers.setdefault(text, len(numbers))
    texts.extend(numbers)
    targets.extend(numbers.values())
    groups.extend([0] * len(numbers))
    return Examples(
        tuple(numbers), tuple(texts), np.asarray(targets, dtype=np.int64), np.asarray(groups, dtype=np.int64)
    )


def embed_with_teacher(plan: DistilPlan, sentences: Sequence[str]) -> NDArray[np.float16]:
    """Embed every sentence with the teacher, unit length; finished chunks are kept in `plan.work`.

    Returns:
        (len(sentences), dimension) float16.

    """
    from sentence_transformers import SentenceTransformer

    digest = hashlib.sha256("\n".join([plan.teacher, *sentences]).encode()).hexdigest()[:16]
    folder = plan.work / f"teacher-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    teacher: SentenceTransformer | None = None
    parts = []
    for start in tqdm(range(0, len(sentences), _CHUNK), desc="teacher", unit="chunk"):
        path = folder / f"{start:08d}.npy"
        if not path.exists():
            teacher = teacher or SentenceTransformer(plan.teacher, device="cpu")
            with torch.autocast("cpu", dtype=torch.bfloat16):
                vectors = teacher.encode(
                    list(sentences[start : start + _CHUNK]), batch_size=128, normalize_embeddings=True
                )
            unfinished = path.with_suffix(".part.npy")
            np.save(unfinished, np.asarray(vectors, dtype=np.float16))
            unfinished.replace(path)
        parts.append(np.load(path))
    return np.concatenate(parts)


def train_tokenizer(texts: Iterator[str], pieces: int) -> Tokenizer:
    """Train one Unigram tokenizer over all languages: NFKC, lower case, digits split."""
    tokenizer = Tokenizer(tokenizer_models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"\s+"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Punctuation(),
        ]
    )
    tokenizer.decoder = decoders.Metaspace()
    trainer = UnigramTrainer(
        vocab_size=pieces,
        special_tokens=["<unk>"],
        unk_token="<unk>",  # noqa: S106 - a piece of text, no secret
        show_progress=False,
        max_piece_length=16,
    )
    tokenizer.train_from_iterator(texts, trainer=trainer)
    return tokenizer


@dataclass(frozen=True, slots=True)
class _Bags:
    flat: NDArray[np.int64]
    starts: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        lengths = self.starts[rows + 1] - self.starts[rows]
        offsets = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        index = np.repeat(self.starts[rows] - offsets, lengths) + np.arange(lengths.sum())
        return torch.from_numpy(self.flat[index]), torch.from_numpy(offsets)


def _tokenise(tokenizer: Tokenizer, texts: Sequence[str]) -> _Bags:
    flat: list[NDArray[np.int64]] = []
    lengths = [0]
    for start in range(0, len(texts), _CHUNK):
        for encoding in tokenizer.encode_batch(list(texts[start : start + _CHUNK])):
            ids = np.asarray(encoding.ids or [0], dtype=np.int64)
            flat.append(ids)
            lengths.append(len(ids))
    return _Bags(np.concatenate(flat), np.cumsum(lengths))


def _loss(student: torch.Tensor, teacher: torch.Tensor, same: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the loss and the mean cosine; `same` marks pairs of one target, which are no negatives."""
    student = functional.normalize(student, dim=1)
    scores = 20.0 * student @ teacher.T
    scores = scores.masked_fill(same & ~torch.eye(len(scores), dtype=torch.bool), float("-inf"))
    cosine = (student * teacher).sum(1).mean()
    return functional.cross_entropy(scores, torch.arange(len(scores))) + 5.0 * (1.0 - cosine), cosine


def train_static(
    plan: DistilPlan, examples: Examples, teacher: NDArray[np.float16], tokenizer: Tokenizer
) -> StaticTable:
    """Train the table of token vectors; a checkpoint is written after every epoch."""
    torch.manual_seed(plan.seed)
    order = np.random.default_rng(plan.seed)
    bags = _tokenise(tokenizer, examples.texts)
    targets = torch.from_numpy(teacher)
    table = torch.nn.EmbeddingBag(tokenizer.get_vocab_size(), teacher.shape[1], mode="mean", sparse=True)
    torch.nn.init.normal_(table.weight, std=0.05)
    optimizer = torch.optim.SparseAdam(list(table.parameters()), lr=plan.rate)
    steps = plan.epochs * (len(examples.texts) // plan.batch)
    cosine, done = 0.0, 0
    with tqdm(total=steps, desc="student", unit="step") as bar:
        for epoch in range(plan.epochs):
            shuffled = order.permutation(len(examples.texts))
            for start in range(0, len(shuffled) - plan.batch + 1, plan.batch):
                rows = shuffled[start : start + plan.batch]
                wanted = torch.from_numpy(examples.targets[rows])
                loss, near = _loss(table(*bags.take(rows)), targets[wanted].float(), wanted[:, None] == wanted[None, :])
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                for group in optimizer.param_groups:
                    group["lr"] = plan.rate * (1.0 - done / steps)
                optimizer.step()  # type: ignore[no-untyped-call]
                done += 1
                cosine = 0.99 * cosine + 0.01 * float(near.detach()) if done > 100 else float(near.detach())
                bar.update()
            bar.set_postfix(cosine=f"{cosine:.3f}")
            np.save(plan.work / f"student-epoch-{epoch}.npy", table.weight.detach().numpy())
    return StaticTable(table.weight.detach().numpy(), tokenizer.to_str(), cosine)


def student_tokenizer(plan: DistilPlan, examples: Examples, messages: Sequence[str]) -> Tokenizer:
    """Return the tokenizer kept in `plan.work`, or train it: over the examples, and four times over the messages."""
    path = plan.work / "tokenizer.json"
    if not path.exists():
        tokenizer = train_tokenizer(iter([*examples.texts, *messages, *messages, *messages, *messages]), plan.pieces)
        tokenizer.save(str(path))
    return Tokenizer.from_file(str(path))
