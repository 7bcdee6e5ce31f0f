"""What the commands `corpus check`, `train` and `evaluate` do; each returns an exit status."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from models.bundle import Bundle
from models.encoder import Encoder, StaticTable
from models.manifest import MANIFEST, read_manifest
from tickets.errors import InvalidInputError, UnavailableError
from training.checking import check_corpus, disagreements
from training.evaluation import evaluate as measure_bundle
from training.splits import split
from training.utterances import CORPUS, Corpus, read_corpus, wording
from training.writing import PARTS

if TYPE_CHECKING:
    from training.writing import EncoderFiles

_MOST_SHOWN = 20
_LANGUAGE_SAMPLES = 60
OTHER_LANGUAGES = CORPUS / "other_languages.tsv"


def check(paths: list[Path], model: Path | None = None) -> int:
    """Lint message files: problems by file and line on standard output, then a line a file; 1 where there are any.

    With `model`, a bundle's folder, messages follow to which it gives another intent with great confidence. They are
    no problems until somebody has read them.
    """
    reports = check_corpus(paths)
    for report in reports:
        for problem in report.problems:
            _say(f"{problem.where}: {problem.reason}")
    for report in reports:
        _say(report.summary())
    if model is not None:
        doubts = disagreements(_load(model), read_corpus(paths).utterances)
        _say(f"\nto be read again: {len(doubts)} messages to which {model} gives another intent")
        for doubt in doubts:
            _say(f"{doubt.where}: {doubt.reason}")
    return 1 if any(report.problems for report in reports) else 0


def train(corpora: list[Path], out: Path, encoder: str | None) -> int:
    """Train a bundle and print its report.

    Raises:
        InvalidInputError: The corpus cannot be used, or `out` holds something other than a bundle.
        UnavailableError: The `train` extra is not installed.
    """
    _check_out(out)
    corpus = _read(corpora)
    try:
        from training.fit.bundling import Job
        from training.fit.bundling import train as train_bundle
        from training.fit.trainer import FitPlan
    except ModuleNotFoundError as error:
        raise UnavailableError(
            f"training needs the package {error.name}, which is not installed",
            field="train extra",
            hint="run `make install-train` in the checkout of Deskhand",
        ) from error
    chosen, files, source = _encoder(encoder)
    plan = FitPlan(languages=_language_samples(corpus), familiar=frozenset() if encoder else _familiar())
    manifest = train_bundle(Job(out.resolve().name, corpus.utterances, chosen, files, plan, (source,)), out)
    intents = len(manifest.heads.intent.labels)
    _say(f"bundle {manifest.name} written to {out}: {intents} intents, {len(corpus.utterances)} messages")
    for name, figures in manifest.metrics.items():
        _say(f"\nheld out ({name}), trained without these messages:")
        _say(_table(figures))  # type: ignore[arg-type]
    if not manifest.metrics:
        _say("not measured: the corpus is too small for a held-out part; use `deskhand evaluate` on other messages")
    return 0


def evaluate(bundle: Path, data: Path, as_json: bool) -> int:
    """Print a bundle's metrics on labelled messages, as a table or as one JSON object."""
    corpus = _read([data])
    found = measure_bundle(_load(bundle), corpus.utterances).as_json()
    _say(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() if as_json else _table(found))
    return 0


def _check_out(out: Path) -> None:
    """Say that a bundle will be replaced; refuse a folder that holds anything else."""
    if not out.exists():
        return
    names = {path.name for path in out.iterdir()} if out.is_dir() else {out.name}
    if out.is_dir() and MANIFEST in names:
        _warn(f"{out} holds a bundle already: it is replaced")
    elif not out.is_dir() or not names <= {*PARTS, "MODEL_CARD.md", "report.json", "report.html"}:
        what = "is not empty and holds no bundle" if out.is_dir() else "is a file"
        raise InvalidInputError(
            f"{out} {what}", field="--out", hint="name a new folder, or that of a bundle to replace"
        )


def _read(paths: list[Path]) -> Corpus:
    corpus = read_corpus(paths)
    for line in corpus.refused[:_MOST_SHOWN]:
        _warn(f"refused {line.where}: {line.reason}")
    if len(corpus.refused) > _MOST_SHOWN:
        _warn(f"refused {len(corpus.refused) - _MOST_SHOWN} more lines")
    if not corpus.utterances:
        raise InvalidInputError(
            f"no usable message in {', '.join(map(str, paths))}",
            field="corpus",
            hint="each line needs a text and an intent; the formats are in docs/corpus-format.md",
        )
    return corpus


def _encoder(name: str | None) -> tuple[Encoder, EncoderFiles, str]:
    """Return the encoder to train heads for, its files, and a line on where it came from."""
    from training.writing import EncoderFiles

    if name is not None:
        from training.fit.external import SentenceTransformerEncoder

        other = SentenceTransformerEncoder.load(name)
        return other, EncoderFiles(other.digest, other.dimension, name), f"Encoder: {name} (sentence-transformers)."
    path = Bundle.default_path()
    own = encoder_files(path)
    return own[0], own[1], f"Encoder: that of the bundle {read_manifest(path).name}."


def encoder_files(folder: Path) -> tuple[Encoder, EncoderFiles]:
    """Read the encoder of a bundle as files that another bundle can hold."""
    from safetensors.numpy import load_file

    from training.writing import EncoderFiles

    manifest = read_manifest(folder)
    encoder = Bundle.load(folder).encoder
    tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
    name = manifest.encoder_name or manifest.encoder
    if manifest.encoder == "onnx":
        graph = (folder / "encoder.onnx").read_bytes()
        return encoder, EncoderFiles(encoder.digest, encoder.dimension, name, None, tokenizer, graph)
    tensors = load_file(folder / "encoder.safetensors")
    table = StaticTable(tensors["values"], tensors["scales"])
    return encoder, EncoderFiles(encoder.digest, encoder.dimension, name, table, tokenizer)


def _familiar() -> frozenset[str]:
    """Return the texts that the shipped encoder was fine-tuned on: no judges of how sure heads over it may be."""
    return frozenset(wording(utterance) for utterance in split(read_corpus([]).utterances).train)


def _load(path: Path) -> Bundle:
    if read_manifest(path).encoder != "external":
        return Bundle.load(path)
    from training.fit.external import SentenceTransformerEncoder

    return Bundle.load(path, external=SentenceTransformerEncoder.load)


def _language_samples(corpus: Corpus) -> tuple[tuple[str, str], ...]:
    """Return shipped messages for the language head: a bundle trained on two languages still names the others."""
    own = {utterance.text for utterance in corpus.utterances}
    taken: dict[str, list[tuple[str, str]]] = {}
    for utterance in read_corpus([]).utterances:
        if utterance.language and utterance.text not in own:
            taken.setdefault(utterance.language, []).append((utterance.text, utterance.language))
    samples = [pair for pairs in taken.values() for pair in pairs[:: max(1, len(pairs) // _LANGUAGE_SAMPLES)]]
    return (*samples, *other_languages())


def other_languages() -> tuple[tuple[str, str], ...]:
    """Return half of the shipped messages in languages that the head should not name, labelled "other"."""
    return tuple((text, "other") for place, (_, text) in enumerate(_other_rows()) if place % 2 == 0)


def other_languages_test() -> tuple[tuple[str, str], ...]:
    """Return the other half, (text, ISO 639-1 code): nothing trains on it."""
    return tuple((text, code) for place, (code, text) in enumerate(_other_rows()) if place % 2)


def _other_rows() -> list[tuple[str, str]]:
    if not OTHER_LANGUAGES.is_file():
        return []
    rows = (line.split("\t", 1) for line in OTHER_LANGUAGES.read_text(encoding="utf-8").splitlines())
    return [(row[0], row[1].replace("\\n", "\n")) for row in rows if len(row) == 2]


def _table(figures: dict[str, Any]) -> str:
    lines = []
    for name, value in figures.items():
        if isinstance(value, dict):
            lines.append(f"{name}:")
            lines += [f"  {label:<24} {share:.4f}" for label, share in value.items()]
        else:
            lines.append(f"{name:<26} {'-' if value is None else value}")
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _warn(text: str) -> None:
    sys.stderr.write(text + "\n")
