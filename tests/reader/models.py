"""Tiny real OpenVINO models in whole model folders."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino
from openvino import opset13 as ops

from answers.reader.config import ReaderConfig, file_digest

from .makers import make_config, shipped_folder

Table = npt.NDArray[np.float32]  # (vocabulary, 2): start and end logit of each token

OMZ_INPUTS = {
    "input_ids": "0",
    "attention_mask": "1",
    "token_type_ids": "2",
    "position_ids": "3",
}
OMZ_OUTPUTS = {"start_logits": "output_s", "end_logits": "output_e"}


def make_table(size: int = 30522, /, **logits: tuple[float, float]) -> Table:
    """All zeros but for the ids given as ``id_2003=(start, end)``."""
    table = np.zeros((size, 2), dtype=np.float32)
    for name, pair in logits.items():
        table[int(name.removeprefix("id_"))] = pair
    return table


def make_model(
    table: Table,
    inputs: dict[str, str],
    outputs: dict[str, str],
    *,
    shape: tuple[int, int] = (-1, -1),
    rank3: bool = False,
    max_positions: int = 512,
) -> openvino.Model:
    """Logits by table look-up; every input is used, masked tokens get -100.

    ``rank3`` leaves logits as (windows, tokens, 1).
    """
    parameters = {}
    for role, name in inputs.items():
        parameter = ops.parameter(list(shape), np.int64, name=name)
        parameter.output(0).set_names({name})
        parameters[role] = parameter
    looked_up = ops.gather(ops.constant(table), parameters["input_ids"], 0)
    masked = ops.multiply(
        ops.subtract(_float(parameters["attention_mask"]), np.float32(1.0)),
        np.float32(100.0),
    )
    unused = ops.multiply(_float(parameters["token_type_ids"]), np.float32(0.0))
    extra = ops.add(masked, unused)
    if "position_ids" in parameters:
        positions = np.zeros(max_positions, dtype=np.float32)
        known = ops.gather(ops.constant(positions), parameters["position_ids"], 0)
        extra = ops.add(extra, known)
    logits = ops.add(looked_up, ops.unsqueeze(extra, -1))
    results = []
    halves = ops.split(logits, ops.constant(-1), 2)
    for index, role in enumerate(("start_logits", "end_logits")):
        half = halves.output(index)
        if not rank3:
            half = ops.squeeze(half, ops.constant([-1])).output(0)
        half.set_names({outputs[role]})
        results.append(ops.result(half))
    return openvino.Model(results, list(parameters.values()), "tiny")


def save_folder(folder: Path, model: openvino.Model, **changes: Any) -> ReaderConfig:
    """model.xml, model.bin, vocab.txt and a reader.json with their digests."""
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)
    if not (folder / "vocab.txt").exists():
        shutil.copy(shipped_folder() / "vocab.txt", folder)
    files = ("model.xml", "model.bin", "vocab.txt")
    sha256 = {name: file_digest(folder / name) for name in files}
    config = make_config(sha256=sha256, **changes)
    config.save(folder)
    return config


def save_dynamic(folder: Path, table: Table, **changes: Any) -> ReaderConfig:
    """Three inputs, any number of windows of any length."""
    config = make_config()
    model = make_model(table, dict(config.inputs), dict(config.outputs))
    return save_folder(folder, model, **changes)


def save_static(folder: Path, table: Table, **changes: Any) -> ReaderConfig:
    """The Open Model Zoo signature: four inputs of [1, 384], position_ids too."""
    model = make_model(table, OMZ_INPUTS, OMZ_OUTPUTS, shape=(1, 384), rank3=True)
    roles = {"inputs": OMZ_INPUTS, "outputs": OMZ_OUTPUTS}
    return save_folder(folder, model, **roles, **changes)


def _float(node: openvino.Node) -> openvino.Node:
    return ops.convert(node, np.float32)
