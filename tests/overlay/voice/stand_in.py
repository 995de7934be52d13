"""A tiny stand-in of the neural voice's model with the real one's inputs and outputs: one buzz of 80 ms per phoneme."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from overlay.voice.model import INSTALLED, MODEL, VOICES, ModelFile, sha256_of

RATE_HZ = 24_000
PER_TOKEN = 1920  # samples
STYLES = 510
WIDTH = 256


def write_stand_in(folder: Path, voices: tuple[str, ...] = ("af_heart", "bm_george")) -> None:
    """Model, voices, and the note that an installation leaves."""
    t = np.arange(PER_TOKEN) / RATE_HZ
    buzz = (0.3 * np.sin(2 * np.pi * 200 * t)).astype(np.float32).reshape(1, 1, PER_TOKEN)
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["numbers", "nothing"], ["zeros"]),
        helper.make_node("Unsqueeze", ["zeros", "last"], ["columns"]),  # [1, T, 1]
        helper.make_node("Add", ["columns", "buzz"], ["buzzes"]),  # [1, T, PER_TOKEN]
        helper.make_node("ReduceMean", ["style"], ["gain"], keepdims=0),
        helper.make_node("Div", ["gain", "speed"], ["level"]),  # both inputs count
        helper.make_node("Mul", ["buzzes", "level"], ["levelled"]),
        helper.make_node("Reshape", ["levelled", "flat"], ["waveform"]),
    ]
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "T"]),
            helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, WIDTH]),
            helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
        ],
        [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, ["N"])],
        [
            helper.make_tensor("nothing", TensorProto.FLOAT, [], [0.0]),
            helper.make_tensor("last", TensorProto.INT64, [1], [2]),
            helper.make_tensor("flat", TensorProto.INT64, [1], [-1]),
            helper.make_tensor("buzz", TensorProto.FLOAT, [1, 1, PER_TOKEN], buzz.ravel()),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(folder / MODEL.name))
    with (folder / VOICES.name).open("wb") as file:
        np.savez(file, **{name: np.ones((STYLES, 1, WIDTH), dtype=np.float32) for name in voices})
    sums = {file.name: sha256_of(folder / file.name) for file in (MODEL, VOICES)}
    (folder / INSTALLED).write_text(json.dumps(sums))


NOWHERE = "http://127.0.0.1:1/"


def published(folder: Path, address: str = NOWHERE) -> tuple[ModelFile, ...]:
    """The stand-in's files as they would be published below an address."""
    return tuple(
        ModelFile(each.name, address + each.name, (folder / each.name).stat().st_size, sha256_of(folder / each.name))
        for each in (MODEL, VOICES)
    )
