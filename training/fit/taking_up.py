"""Take up the encoder and the dense heads of a bundle, to train them further: 8-bit weights become floats again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.numpy import load_file

from models.heads import columns
from models.manifest import read_manifest
from tickets.errors import InvalidInputError
from training.fit.finetune import SHARPNESS, Readout
from training.fit.transformer import Trunk

_LARGEST = 512


def taken_up(folder: Path, attention_heads: int = 12) -> tuple[Trunk, Readout]:
    """Read trunk and heads of the bundle in `folder`.

    Args:
        folder: A bundle with `encoder.onnx`, as `training.fit.export` writes it.
        attention_heads: Heads of each layer, which the graph does not tell.

    Raises:
        InvalidInputError: The bundle's encoder is no such graph.

    """
    path = folder / "encoder.onnx"
    if not path.is_file():
        raise InvalidInputError(
            f"{folder}: holds no encoder.onnx, so there is nothing to train further",
            field="from",
            hint="name a bundle whose encoder is a transformer, or leave --from out to begin with the distillation",
        )
    found = {one.name: numpy_helper.to_array(one) for one in onnx.load(path).graph.initializer}
    layers = sum(name.endswith(".qkv.bias") for name in found)
    width = found["table"].shape[1]
    trunk = Trunk(_core(found, layers, attention_heads), _table(found), layers, attention_heads)
    return trunk, _readout(folder, found["projection"], width)


def _table(found: Mapping[str, NDArray[np.generic]]) -> torch.Tensor:
    return torch.from_numpy(found["table"].astype(np.float32) * found["scales"].astype(np.float32))


def _core(found: Mapping[str, NDArray[np.generic]], layers: int, heads: int) -> torch.nn.Module:
    from transformers import BertConfig, BertModel

    width = found["table"].shape[1]
    wide = found["l0.up.bias"].shape[0]
    config = BertConfig(
        vocab_size=1,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=wide,
        max_position_embeddings=_LARGEST,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    core: torch.nn.Module = BertModel(config, add_pooling_layer=False)
    places = np.zeros((_LARGEST, width), dtype=np.float32)
    places[: len(found["places"])] = found["places"]
    weights: dict[str, NDArray[np.float32]] = {
        # The graph holds the sum of both.
        "embeddings.position_embeddings.weight": places,
        "embeddings.token_type_embeddings.weight": np.zeros((2, width), dtype=np.float32),
        "embeddings.LayerNorm.weight": found["embedded.weight"].astype(np.float32),
        "embeddings.LayerNorm.bias": found["embedded.bias"].astype(np.float32),
    }
    for number in range(layers):
        weights |= {f"encoder.layer.{number}.{name}": one for name, one in _layer(found, f"l{number}", heads).items()}
    state = core.state_dict()
    core.load_state_dict(
        {name: torch.from_numpy(np.array(weights[name])) if name in weights else old for name, old in state.items()}
    )
    return core.to(torch.bfloat16)


def _layer(found: Mapping[str, NDArray[np.generic]], name: str, heads: int) -> dict[str, NDArray[np.float32]]:
    weights: dict[str, NDArray[np.float32]] = {}
    matrix, bias = _linear(found, f"{name}.qkv")
    width = len(bias) // 3
    for place, part in enumerate(("query", "key", "value")):
        # The graph's query weights hold the divisor of the scores.
        scale = np.float32(np.sqrt(width // heads)) if part == "query" else np.float32(1.0)
        rows = slice(place * width, (place + 1) * width)
        weights[f"attention.self.{part}.weight"] = matrix[rows] * scale
        weights[f"attention.self.{part}.bias"] = bias[rows] * scale
    for own, theirs in (("attended", "attention.output.dense"), ("up", "intermediate.dense"), ("down", "output.dense")):
        weights[f"{theirs}.weight"], weights[f"{theirs}.bias"] = _linear(found, f"{name}.{own}")
    for own, theirs in (("norm1", "attention.output.LayerNorm"), ("norm2", "output.LayerNorm")):
        for part in ("weight", "bias"):
            weights[f"{theirs}.{part}"] = found[f"{name}.{own}.{part}"].astype(np.float32)
    return weights


def _linear(found: Mapping[str, NDArray[np.generic]], name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    if f"{name}.weight" in found:
        matrix = found[f"{name}.weight"].astype(np.float32)
    else:
        rounded = found[f"{name}.weight_quantized"].astype(np.float32)
        zero = found[f"{name}.weight_zero_point"].astype(np.float32)
        matrix = (rounded - zero) * found[f"{name}.weight_scale"].astype(np.float32)
    return np.ascontiguousarray(matrix.T), found[f"{name}.bias"].astype(np.float32)


def _readout(folder: Path, projection: NDArray[np.generic], width: int) -> Readout:
    heads = {name: spec for name, spec in read_manifest(folder).heads if spec is not None}
    tensors = load_file(folder / "heads.safetensors")
    places = columns(heads)
    readout = Readout(width, tuple(heads["intent"].labels))
    with torch.no_grad():
        readout.projection.weight.copy_(torch.from_numpy(np.array(projection.T, dtype=np.float32)))
        for name, module in readout.named_children():
            if name in places and isinstance(module, torch.nn.Linear):
                start, end = places[name]
                matrix = tensors["dense.weights"][:, start:end].astype(np.float32) / np.float32(SHARPNESS)
                module.weight.copy_(torch.from_numpy(np.ascontiguousarray(matrix.T)))
                module.bias.copy_(torch.from_numpy(tensors["dense.bias"][start:end].astype(np.float32)))
    return readout
