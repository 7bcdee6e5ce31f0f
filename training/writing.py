"""Write a bundle's files; the manifest comes last, so that a cut-off run leaves no bundle that looks whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save as save_tensors

from models.encoder import StaticTable
from models.manifest import MANIFEST, FileEntry, Heads, LexicalSpec, Manifest

PARTS = frozenset({"heads.safetensors", "encoder.safetensors", "encoder.onnx", "tokenizer.json"})


@dataclass(frozen=True, slots=True)
class EncoderFiles:
    """A bundle's encoder: its own static table or ONNX graph with a tokenizer, or the name of one elsewhere."""

    digest: str
    dimension: int
    name: str
    table: StaticTable | None = None
    tokenizer_json: str = ""
    graph: bytes = b""

    @property
    def kind(self) -> Literal["static", "onnx", "external"]:
        """What `bundle.json` calls it."""
        return "onnx" if self.graph else "static" if self.table is not None else "external"


@dataclass(frozen=True, slots=True)
class HeadFiles:
    """The heads of a bundle: tensors by name (see `docs/bundle-format.md`) and their description."""

    tensors: Mapping[str, NDArray[np.generic]]
    lexical: LexicalSpec
    heads: Heads
    scripts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a bundle: its name, the corpus it was trained on, its measured figures, its model card."""

    name: str
    corpus: Mapping[str, str | int]
    metrics: Mapping[str, object]
    card: str


def write_bundle(folder: Path, encoder: EncoderFiles, heads: HeadFiles, label: Label) -> Manifest:
    """Write the bundle into `folder`, replacing one that is there.

    Raises:
        OSError: The folder cannot be written.

    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    contents = {"heads.safetensors": save_tensors(dict(heads.tensors))}
    if encoder.table is not None:
        contents["encoder.safetensors"] = save_tensors({"values": encoder.table.values, "scales": encoder.table.scales})
    if encoder.graph:
        contents["encoder.onnx"] = encoder.graph
    if encoder.kind != "external":
        contents["tokenizer.json"] = encoder.tokenizer_json.encode()
    for name in PARTS - set(contents):
        (folder / name).unlink(missing_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    manifest = Manifest(
        format=1,
        name=label.name,
        created=datetime.now(UTC).date().isoformat(),
        encoder=encoder.kind,
        encoder_digest=encoder.digest,
        encoder_name=encoder.name,
        dimension=encoder.dimension,
        lexical=heads.lexical,
        heads=heads.heads,
        scripts=dict(heads.scripts),
        corpus=dict(label.corpus),
        metrics=dict(label.metrics),
        files={
            name: FileEntry(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
            for name, content in contents.items()
        },
    )
    (folder / "MODEL_CARD.md").write_text(label.card, encoding="utf-8")
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return manifest
