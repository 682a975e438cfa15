"""A voice in the shape of a Piper network: a sample a phoneme, each over seven of them."""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save_model

_SOUNDS = "abdefhijklmnoprstuvwz\u0259\u025b\u026a\u00e6\u028c"
CONFIG = {
    "audio": {"sample_rate": 22050},
    "espeak": {"voice": "en-us"},
    "phoneme_id_map": {"_": [0], "^": [0], "$": [0], **{sound: [1] for sound in _SOUNDS}},
}


def tiny_voice(
    folder: Path, *, decoder_node: str = "/dec/conv_pre/Conv", speakers: int = 1
) -> Path:
    """Write ``tiny.onnx`` and its description; return the network's path."""
    nodes = [
        helper.make_node("Cast", ["input"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["numbers", "axis"], ["latent"]),
        helper.make_node("Conv", ["latent", "weight"], ["sound"], name=decoder_node, pads=[3, 3]),
    ]
    last = "sound"
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if speakers > 1:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
        nodes.append(helper.make_node("Cast", ["sid"], ["speaker"], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Add", ["sound", "speaker"], ["voiced"]))
        last = "voiced"
    nodes.append(helper.make_node("Identity", [last], ["output"]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "n"])],
        [
            numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"),
            numpy_helper.from_array(np.full((1, 1, 7), 0.5, dtype=np.float32), "weight"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / "tiny.onnx"
    save_model(model, str(path))
    described = CONFIG | {"num_speakers": speakers}
    path.with_name("tiny.onnx.json").write_text(json.dumps(described), "utf-8")
    return path
