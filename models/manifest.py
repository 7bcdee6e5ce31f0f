"""The shape of `bundle.json`; the format is described in `docs/bundle-format.md`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import BundleError

FORMAT = 1
MANIFEST = "bundle.json"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileEntry(_Part):
    """Digest and size in bytes of one file of the bundle."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]


class LexicalSpec(_Part):
    """How texts become lexical features: buckets of `2**bits`, the weight of word n-grams beside character n-grams."""

    bits: Annotated[int, Field(ge=8, le=31)]
    word_weight: float


class SecondLook(_Part):
    """When and how to read a message's sentences one by one for further intents; all in log-odds.

    `gate`: bias, weight of the likeliest further intent's log-odds, weight of the logarithm of the number of sentences;
    from `gate_threshold` on the sentences are read. `weights`: bias and the weights of `second_look.features`; from
    `threshold` on an intent is named.
    """

    gate: tuple[float, float, float]
    gate_threshold: float
    weights: tuple[float, float, float, float, float, float]
    threshold: float


class HeadSpec(_Part):
    """One head: its labels in the order of its columns, and how its scores become probabilities.

    `lexical_scale` and `dense_scale` weigh the two families' scores before they are added; `beta` corrects how sure the
    first guess is; `threshold` is the probability below which the head abstains (or, for escalation, from which on it
    escalates, and for reasons and further intents, from which on it names one).
    """

    labels: tuple[str, ...]
    lexical_scale: float
    dense_scale: float
    temperature: Annotated[float, Field(gt=0)] = 1.0
    offset: float = 0.0
    beta: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)], float] | None = None
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.0
    also_threshold: Annotated[float, Field(ge=0, le=1)] = 1.0
    prior: tuple[float, ...] = ()
    second_look: SecondLook | None = None


class Heads(_Part):
    """The heads of a bundle. A corpus without the labels of a head leaves it out; language is always there."""

    intent: HeadSpec
    language: HeadSpec
    sentiment: HeadSpec | None = None
    escalation: HeadSpec | None = None
    reasons: HeadSpec | None = None
    further: HeadSpec | None = None


class Manifest(_Part):
    """What `bundle.json` holds; `scripts` names the scripts (ISO 15924) that each language is written in."""

    format: Literal[1]
    name: str
    created: str
    encoder: Literal["static", "onnx", "external"]
    encoder_digest: str
    encoder_name: str = ""
    dimension: Annotated[int, Field(gt=0)]
    lexical: LexicalSpec
    heads: Heads
    scripts: dict[str, tuple[str, ...]] = {}
    corpus: dict[str, str | int]
    metrics: dict[str, object]
    files: dict[str, FileEntry]


def read_manifest(folder: Path) -> Manifest:
    """Read and check `folder/bundle.json`.

    Raises:
        BundleError: The file is missing, no JSON, or not of this format.

    """
    path = folder / MANIFEST
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BundleError(
            f"no model bundle at {folder}: {error.strerror or error}",
            field=str(path),
            hint="name a folder that holds bundle.json, or leave DESKHAND_MODEL out to use the shipped bundle",
        ) from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BundleError(
            f"{path} is no bundle manifest of format {FORMAT}: {where}: {first['msg']}",
            field=str(path),
            hint="rebuild the bundle with `deskhand train`, or restore the file",
        ) from error
