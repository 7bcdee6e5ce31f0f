"""A bundle: everything learned that triage needs, as documented files without code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from tokenizers import Tokenizer

from models.calibration import recalibrated, sigmoid, softmax
from models.encoder import Encoder, StaticEncoder, StaticTable, encode_both
from models.errors import BundleError
from models.heads import DenseWeights, LexicalWeights, LinearHeads
from models.language import guess_language
from models.manifest import HeadSpec, Manifest, read_manifest
from models.prediction import REASONS, SENTIMENTS, LanguageGuess, Prediction, SentimentGuess
from models.second_look import features, gate_scores, named, pieces

__all__ = ["Bundle", "LanguageGuess", "Prediction", "SentimentGuess"]

_NEUTRAL = SentimentGuess("neutral", 0.0, 1.0)
_MOODS = np.linspace(-1.0, 1.0, len(SENTIMENTS))
_BATCH = 256
ExternalEncoder = Callable[[str], Encoder]


class Bundle:
    """Encoder, heads and their calibration, ready to predict.

    Args:
        manifest: The checked `bundle.json`.
        encoder: The encoder that the heads were trained on.
        heads: The weights.
        prior: The share of each intent in the inbox at hand, where it is known; see `models.prior`.

    """

    def __init__(
        self, manifest: Manifest, encoder: Encoder, heads: LinearHeads, prior: Mapping[str, float] | None = None
    ) -> None:
        self.manifest = manifest
        self.encoder = encoder
        self._heads = heads
        self._prior_shift = _shift(manifest.heads.intent, prior) if prior else None

    @staticmethod
    def default_path() -> Path:
        """Return the folder of the bundle that ships with Deskhand."""
        return Path(__file__).parent / "default"

    @classmethod
    def load(cls, path: Path, *, external: ExternalEncoder | None = None) -> Bundle:
        """Load a bundle and check every file's digest.

        Args:
            path: The bundle's folder.
            external: Makes the encoder by name, for bundles trained on an encoder that is not part of them.

        Raises:
            BundleError: A file is missing, truncated, tampered with or of another format, or the encoder is another.

        """
        manifest = read_manifest(path)
        files = {name: _read_checked(path, name, manifest) for name in manifest.files}
        encoder = _encoder(path, manifest, files, external)
        tensors = _tensors(path, "heads.safetensors", files)
        try:
            lexical = LexicalWeights(
                tensors["lexical.buckets"].astype(np.uint32),
                tensors["lexical.idf"].astype(np.float32),
                _narrow(tensors["lexical.weights"]),
                tensors["lexical.bias"].astype(np.float32),
            )
            dense = DenseWeights(
                np.ascontiguousarray(tensors["dense.weights"], dtype=np.float32),
                tensors["dense.bias"].astype(np.float32),
            )
        except KeyError as error:
            raise _broken(path / "heads.safetensors", f"holds no tensor {error}") from error
        heads = LinearHeads(manifest.lexical, _specs(manifest), lexical, dense)
        return cls(manifest, encoder, heads)

    def under(self, prior: Mapping[str, float]) -> Bundle:
        """Return the same bundle with its intent probabilities corrected for an inbox's own mix of intents."""
        return Bundle(self.manifest, self.encoder, self._heads, prior)

    @property
    def name(self) -> str:
        """The bundle's name, such as "default-1"."""
        return self.manifest.name

    @property
    def digest(self) -> str:
        """SHA-256 of the encoder: a search index belongs to it."""
        return self.manifest.encoder_digest

    @property
    def labels(self) -> tuple[str, ...]:
        """The intents that a prediction may name."""
        return self.manifest.heads.intent.labels

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that a prediction may name, without "other"."""
        return tuple(label for label in self.manifest.heads.language.labels if label != "other")

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Predict all heads for cleaned texts, in their order."""
        found: list[Prediction] = []
        for start in range(0, len(texts), _BATCH):
            found.extend(self._predict_batch(texts[start : start + _BATCH]))
        return found

    def _predict_batch(self, texts: Sequence[str]) -> list[Prediction]:
        encoded = encode_both(self.encoder, texts)
        scores = self._heads.score(texts, encoded.features)
        heads = self.manifest.heads
        further = self._further(texts, scores)
        shifted = scores["intent"] / np.float32(heads.intent.temperature)
        if self._prior_shift is not None:
            shifted += self._prior_shift
        intents = _sure(softmax(shifted), heads.intent)
        languages = softmax(scores["language"], heads.language.temperature)
        moods = None
        if heads.sentiment:
            moods = _sure(softmax(scores["sentiment"], heads.sentiment.temperature), heads.sentiment)
        risks = np.zeros(len(texts), dtype=np.float32)
        if heads.escalation:
            spec = heads.escalation
            risks = sigmoid(scores["escalation"][:, 0], 1.0 / spec.temperature, spec.offset)
        reasons = _several(scores["reasons"], heads.reasons) if heads.reasons else [frozenset[str]()] * len(texts)
        return [
            self._prediction(
                guess_language(text, languages[row], heads.language, self.manifest.scripts),
                intents[row],
                _sentiment(moods[row]) if moods is not None else _NEUTRAL,
                float(risks[row]),
                reasons[row],
                further[row] if further is not None else None,
                encoded.vectors[row],
            )
            for row, text in enumerate(texts)
        ]

    def _further(self, texts: Sequence[str], scores: Mapping[str, NDArray[np.float32]]) -> list[frozenset[str]] | None:
        """Return the further intents of every text, None for a bundle without that head."""
        spec = self.manifest.heads.further
        if spec is None:
            return None
        look = spec.second_look
        if look is None:
            return _several(scores["further"], spec)
        odds = scores["further"].astype(np.float64) / spec.temperature + spec.offset
        whole = softmax(scores["intent"], self.manifest.heads.intent.temperature).astype(np.float64)
        first = whole.argmax(axis=1)
        cut = [pieces(text) for text in texts]
        gate = gate_scores(look, odds, first, np.array([len(parts) for parts in cut]))
        found = [frozenset[str]()] * len(texts)
        for row in np.flatnonzero(gate >= look.gate_threshold):
            best = self.intents_of(cut[row]).max(axis=0)
            seen = features(whole[row], odds[row], best, len(cut[row]), int(first[row]))
            found[row] = frozenset(spec.labels[place] for place in named(look, seen, int(first[row])))
        return found

    def intents_of(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return (texts, intents): plain probabilities of the intent head, under the prior of training."""
        scores = self._heads.score(texts, encode_both(self.encoder, texts).features)
        return softmax(scores["intent"], self.manifest.heads.intent.temperature).astype(np.float64)

    def _prediction(  # noqa: PLR0913, PLR0917 - one a head
        self,
        language: LanguageGuess,
        intents: NDArray[np.float32],
        sentiment: SentimentGuess,
        risk: float,
        reasons: frozenset[str],
        further: frozenset[str] | None,
        vector: NDArray[np.float32],
    ) -> Prediction:
        spec = self.manifest.heads.intent
        ranking = np.argsort(-intents, kind="stable")
        ranked = tuple((spec.labels[place], float(intents[place])) for place in ranking)
        escalation = self.manifest.heads.escalation
        return Prediction(
            language=language,
            intents=ranked,
            intent=ranked[0][0] if ranked[0][1] >= spec.threshold else None,
            also=tuple(
                name
                for name, probability in ranked[1:]
                if (probability >= spec.also_threshold if further is None else name in further)
            ),
            sentiment=sentiment,
            escalation=risk,
            escalate=escalation is not None and risk >= escalation.threshold,
            reasons=tuple(reason for reason in REASONS if reason in reasons),
            vector=vector,
        )


def _shift(spec: HeadSpec, prior: Mapping[str, float]) -> NDArray[np.float32]:
    """Return what a new prior adds to each label's score: the logarithm of new over old share."""
    old = np.asarray(spec.prior or [1.0 / len(spec.labels)] * len(spec.labels))
    new = np.asarray([prior[label] for label in spec.labels])
    return np.asarray(np.log(new / np.maximum(old, 1e-9)), dtype=np.float32)


def _sure(probabilities: NDArray[np.float32], spec: HeadSpec) -> NDArray[np.float32]:
    return probabilities if spec.beta is None else recalibrated(probabilities, spec.beta)


def _sentiment(probabilities: NDArray[np.float32]) -> SentimentGuess:
    best = int(probabilities.argmax())
    mood = float(probabilities @ _MOODS)
    return SentimentGuess(SENTIMENTS[best], mood, float(probabilities[best]))


def _several(scores: NDArray[np.float32], spec: HeadSpec) -> list[frozenset[str]]:
    """Return the labels that are probable enough, a set a row."""
    above = sigmoid(scores, 1.0 / spec.temperature, spec.offset) >= spec.threshold
    return [frozenset(spec.labels[place] for place in np.flatnonzero(row)) for row in above]


def _specs(manifest: Manifest) -> dict[str, HeadSpec]:
    return {name: spec for name, spec in manifest.heads if spec is not None}


def _read_checked(folder: Path, name: str, manifest: Manifest) -> bytes:
    path = folder / name
    if Path(name).name != name:
        raise _broken(path, "is no plain file name")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _broken(path, f"cannot be read ({error.strerror or error})") from error
    wanted = manifest.files[name]
    if len(content) != wanted.size:
        raise _broken(path, f"has {len(content)} bytes where bundle.json says {wanted.size}")
    if hashlib.sha256(content).hexdigest() != wanted.sha256:
        raise _broken(path, "has another SHA-256 than bundle.json says")
    return content


def _tensors(folder: Path, name: str, files: dict[str, bytes]) -> dict[str, NDArray[np.generic]]:
    if name not in files:
        raise _broken(folder / name, "is not listed in bundle.json")
    try:
        return dict(load_tensors(files[name]))
    except (SafetensorError, KeyError, ValueError) as error:
        raise _broken(folder / name, f"is no safetensors file ({error})") from error


def _narrow(weights: NDArray[np.generic]) -> NDArray[np.floating]:
    """Return a large matrix as narrow as it is stored: a message reads few of its rows, and widens those alone."""
    half = weights.dtype == np.float16
    return np.ascontiguousarray(weights, dtype=np.float16 if half else np.float32)


def _encoder(folder: Path, manifest: Manifest, files: dict[str, bytes], external: ExternalEncoder | None) -> Encoder:
    if manifest.encoder == "external":
        if external is None:
            raise BundleError(
                f"bundle {manifest.name} was trained on the encoder {manifest.encoder_name!r}, which is not part of it",
                field="DESKHAND_ENCODER",
                hint=f"run `make install-train` in the checkout and set DESKHAND_ENCODER={manifest.encoder_name}",
            )
        encoder = external(manifest.encoder_name)
    elif manifest.encoder == "onnx":
        if not {"encoder.onnx", "tokenizer.json"} <= set(files):
            raise _broken(folder / "encoder.onnx", "or its tokenizer.json is not listed in bundle.json")
        encoder = _transformer(folder, _tokenizer(folder, files["tokenizer.json"]), files["encoder.onnx"])
    else:
        tensors = _tensors(folder, "encoder.safetensors", files)
        if "tokenizer.json" not in files or not {"values", "scales"} <= set(tensors):
            raise _broken(folder / "encoder.safetensors", "lacks its tensors or its tokenizer.json")
        table = StaticTable(tensors["values"].astype(np.int8), tensors["scales"].astype(np.float32))
        encoder = StaticEncoder(_tokenizer(folder, files["tokenizer.json"]), table)
    if encoder.digest != manifest.encoder_digest:
        raise BundleError(
            f"bundle {manifest.name} belongs to the encoder {manifest.encoder_digest[:12]}, "
            f"the one at hand is {encoder.digest[:12]}",
            field="DESKHAND_ENCODER",
            hint=f"train heads for it: deskhand train CORPUS --out DIR --encoder {manifest.encoder_name or 'NAME'}",
        )
    return encoder


def _transformer(folder: Path, tokenizer: Tokenizer, graph: bytes) -> Encoder:
    # ONNX Runtime takes a tenth of a second to import: only bundles that hold a graph pay it.
    from models.transformer import OnnxEncoder

    try:
        return OnnxEncoder(tokenizer, graph, file=folder / "encoder.onnx")
    except Exception as error:
        raise _broken(folder / "encoder.onnx", f"is no encoder graph ({str(error)[:200]})") from error


def _tokenizer(folder: Path, content: bytes) -> Tokenizer:
    try:
        return Tokenizer.from_str(content.decode("utf-8"))
    except Exception as error:
        raise _broken(folder / "tokenizer.json", f"is no tokenizer ({error})") from error


def _broken(path: Path, what: str) -> BundleError:
    return BundleError(
        f"{path} {what}",
        field=str(path),
        hint="restore the file from where the bundle came from, or rebuild it with `deskhand train`",
    )
