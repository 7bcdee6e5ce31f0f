"""Write a trained trunk as an ONNX graph with 8-bit weights.

The graph is built operator by operator, because the exporters trace Python code that a serving graph need not keep:
the embedding table stays int8 with one scale a row, and the projection for search is part of the graph.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.encoder import StaticTable
from models.transformer import LONGEST

_OPSET = 20
_MASKED = -1e4


def encoder_graph(
    weights: Mapping[str, NDArray[np.float32]], table: StaticTable, *, layers: int, attention_heads: int
) -> bytes:
    """Return `encoder.onnx`: `ids`, `mask` -> `features` (token means) and `vectors` (projected), both of unit length.

    Args:
        weights: The core's tensors by their names in `transformers` (`encoder.layer.0.attention.self.query.weight`
            and so on), and `projection.weight`.
        table: The embedding table.
        layers: How many layers.
        attention_heads: Heads of each layer.

    """
    graph = _Graph(table.values.shape[1], attention_heads)
    hidden = graph.embeddings(weights, table)
    bias = graph.attention_bias()
    for number in range(layers):
        prefix = f"encoder.layer.{number}."
        own = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
        hidden = graph.layer(f"l{number}", own, hidden, bias)
    graph.outputs(hidden, weights["projection.weight"])
    return _quantised(graph.model())


class _Graph:
    def __init__(self, width: int, attention_heads: int) -> None:
        self._width = width
        self._heads = attention_heads
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self.constant("axis_1", np.array([1]))
        self.constant("split_heads", np.array([0, 0, attention_heads, width // attention_heads]))
        self.constant("join_heads", np.array([0, 0, width]))

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: list[int] | int | float) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))  # type: ignore[arg-type]
        return output

    def linear(self, name: str, source: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        self.constant(f"{name}.weight", weight.T)
        self.constant(f"{name}.bias", bias)
        self.node("MatMul", [source, f"{name}.weight"], f"{name}.product")
        return self.node("Add", [f"{name}.product", f"{name}.bias"], name)

    def norm(self, name: str, source: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        self.constant(f"{name}.weight", weight)
        self.constant(f"{name}.bias", bias)
        return self.node("LayerNormalization", [source, f"{name}.weight", f"{name}.bias"], name, axis=-1, epsilon=1e-12)

    def embeddings(self, weights: Mapping[str, NDArray[np.float32]], table: StaticTable) -> str:
        places = weights["embeddings.position_embeddings.weight"][:LONGEST]
        self.constant("table", table.values)
        self.constant("scales", table.scales[:, None])
        self.constant("places", places + weights["embeddings.token_type_embeddings.weight"][0])
        self.constant("axis_0", np.array([0]))
        self.constant("first", np.array([0]))
        self.node("Gather", ["table", "ids"], "pieces.int8")
        self.node("Cast", ["pieces.int8"], "pieces.float", to=TensorProto.FLOAT)
        self.node("Gather", ["scales", "ids"], "pieces.scale")
        self.node("Mul", ["pieces.float", "pieces.scale"], "pieces")
        self.node("Shape", ["ids"], "length", start=1, end=2)
        self.node("Slice", ["places", "first", "length", "axis_0"], "positions")
        self.node("Add", ["pieces", "positions"], "placed")
        return self.norm(
            "embedded",
            "placed",
            weights["embeddings.LayerNorm.weight"],
            weights["embeddings.LayerNorm.bias"],
        )

    def attention_bias(self) -> str:
        self.constant("one", np.array(1, dtype=np.float32))
        self.constant("masked", np.array(_MASKED, dtype=np.float32))
        self.constant("axes_12", np.array([1, 2]))
        self.node("Cast", ["mask"], "kept", to=TensorProto.FLOAT)
        self.node("Sub", ["one", "kept"], "dropped")
        self.node("Mul", ["dropped", "masked"], "bias.flat")
        return self.node("Unsqueeze", ["bias.flat", "axes_12"], "bias")

    def layer(self, name: str, weights: Mapping[str, NDArray[np.float32]], source: str, bias: str) -> str:
        own = "attention.self"
        parts = ("query", "key", "value")
        scale = np.float32(1.0 / np.sqrt(self._width // self._heads))
        # The scores' divisor goes into the query's weights.
        weight = np.concatenate([weights[f"{own}.{part}.weight"] * (scale if part == "query" else 1) for part in parts])
        offset = np.concatenate([weights[f"{own}.{part}.bias"] * (scale if part == "query" else 1) for part in parts])
        self.linear(f"{name}.qkv", source, weight, offset)
        names = [f"{name}.{part}" for part in parts]
        self._nodes.append(
            helper.make_node("Split", [f"{name}.qkv"], names, name=f"{name}.split", axis=-1, num_outputs=3)
        )
        for part, order in zip(names, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True):
            self.node("Reshape", [part, "split_heads"], f"{part}.split")
            self.node("Transpose", [f"{part}.split"], f"{part}.heads", perm=order)
        self.node("MatMul", [f"{names[0]}.heads", f"{names[1]}.heads"], f"{name}.scores")
        self.node("Add", [f"{name}.scores", bias], f"{name}.biased")
        self.node("Softmax", [f"{name}.biased"], f"{name}.shares", axis=-1)
        self.node("MatMul", [f"{name}.shares", f"{names[2]}.heads"], f"{name}.mixed")
        self.node("Transpose", [f"{name}.mixed"], f"{name}.rows", perm=[0, 2, 1, 3])
        self.node("Reshape", [f"{name}.rows", "join_heads"], f"{name}.joined")
        out = "attention.output"
        self.linear(f"{name}.attended", f"{name}.joined", weights[f"{out}.dense.weight"], weights[f"{out}.dense.bias"])
        self.node("Add", [source, f"{name}.attended"], f"{name}.sum1")
        first = self.norm(
            f"{name}.norm1", f"{name}.sum1", weights[f"{out}.LayerNorm.weight"], weights[f"{out}.LayerNorm.bias"]
        )
        self.linear(f"{name}.up", first, weights["intermediate.dense.weight"], weights["intermediate.dense.bias"])
        self.node("Gelu", [f"{name}.up"], f"{name}.gelu")
        self.linear(f"{name}.down", f"{name}.gelu", weights["output.dense.weight"], weights["output.dense.bias"])
        self.node("Add", [first, f"{name}.down"], f"{name}.sum2")
        return self.norm(
            f"{name}.norm2", f"{name}.sum2", weights["output.LayerNorm.weight"], weights["output.LayerNorm.bias"]
        )

    def outputs(self, hidden: str, projection: NDArray[np.float32]) -> None:
        self.constant("axis_2", np.array([2]))
        self.constant("projection", projection.T)
        self.constant("least", np.array(1e-9, dtype=np.float32))
        self.node("Unsqueeze", ["kept", "axis_2"], "kept.column")
        self.node("Mul", [hidden, "kept.column"], "kept.rows")
        self.node("ReduceSum", ["kept.rows", "axis_1"], "sums", keepdims=0)
        self.node("ReduceSum", ["kept", "axis_1"], "counts", keepdims=1)
        self.node("Div", ["sums", "counts"], "means")
        self.node("MatMul", ["means", "projection"], "projected")
        for source, output in (("means", "features"), ("projected", "vectors")):
            self.node("ReduceL2", [source, "axis_1"], f"{output}.length", keepdims=1)
            self.node("Max", [f"{output}.length", "least"], f"{output}.divisor")
            self.node("Div", [source, f"{output}.divisor"], output)

    def model(self) -> onnx.ModelProto:
        shape = ["rows", "tokens"]
        graph = helper.make_graph(
            self._nodes,
            "deskhand-encoder",
            [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("ids", "mask")],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", self._width])
                for name in ("features", "vectors")
            ],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=10)
        onnx.checker.check_model(model)
        return model


def _quantised(model: onnx.ModelProto) -> bytes:
    """Round the layers' matrices to 8 bits with a scale a column; activations are rounded while running."""
    with tempfile.TemporaryDirectory() as folder:
        source, small = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, source)
        quantize_dynamic(
            source,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=["projected"],
        )
        return small.read_bytes()
