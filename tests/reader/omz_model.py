"""A model with exactly the signature of Open Model Zoo's BERT-small for SQuAD.

Four inputs [1, 384] by name, two outputs [1, 384]; static. The real one cannot be had
here, so this one answers by counting: a passage token near those that the question
names too scores high. All four inputs decide: which ids are the same, what is question
and what is passage, what is padding, and how far apart two tokens are.
"""

from pathlib import Path
from typing import Final

import numpy as np
import openvino
from openvino import opset13 as ops

from answers.reader.tokens import Tokenizer

from .makers import shipped_folder

LENGTH: Final = 384
INPUTS: Final = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
XML: Final = "bert-small-uncased-whole-word-masking-squad-int8-0002.xml"
NEAR: Final = 3.0  # tokens
# They are in every question, or name nothing: no match, and never the answer.
STOPS: Final = "the a of in to is was for first where when who what how ? . ,"


def save_omz(folder: Path, *, type_of_ids: str = "i64") -> Path:
    """The files as omz_downloader leaves them below ``folder``; returns ``folder``."""
    precision = folder / "intel" / Path(XML).stem / "FP16-INT8"
    precision.mkdir(parents=True)
    openvino.save_model(make_omz(type_of_ids), precision / XML, compress_to_fp16=False)
    vocabulary = (shipped_folder() / "vocab.txt").read_bytes()
    (precision.parent / "vocab.txt").write_bytes(vocabulary)
    return folder


def make_omz(type_of_ids: str = "i64") -> openvino.Model:
    element = {"i64": np.int64, "i32": np.int32}[type_of_ids]
    parameters = {}
    for name in INPUTS:
        parameter = ops.parameter([1, LENGTH], element, name=name)
        parameter.output(0).set_names({name})
        parameters[name] = parameter
    ids = parameters["input_ids"]
    mask, kind, place = (_float(parameters[name]) for name in INPUTS[1:])
    worth = ops.gather(ops.constant(_worth()), ids, 0)  # (1, 384)
    passage = ops.multiply(mask, kind)
    question = ops.multiply(mask, ops.subtract(np.float32(1), kind))
    same = _float(ops.equal(ops.unsqueeze(ids, 2), ops.unsqueeze(ids, 1)))
    # (1, 384, 384) times the worth of the question's tokens: which of them are named
    weighed = ops.multiply(question, worth)
    named = ops.multiply(_times(same, weighed), passage)
    distance = ops.absolute(
        ops.subtract(ops.unsqueeze(place, 2), ops.unsqueeze(place, 1))
    )
    near = _float(ops.less_equal(distance, ops.constant(np.float32(NEAR))))
    score = ops.multiply(ops.multiply(_times(near, named), worth), passage)
    # What the question names already does not answer it.
    score = ops.subtract(score, ops.multiply(named, np.float32(10)))
    results = []
    for name, factor in (("output_s", 2.0), ("output_e", 3.0)):
        logits = ops.multiply(score, np.float32(factor))
        logits.output(0).set_names({name})
        results.append(ops.result(logits))
    return openvino.Model(results, list(parameters.values()), "omz")


def _worth() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    tokenizer = Tokenizer.load(shipped_folder())
    worth = np.ones(tokenizer.vocabulary_size, dtype=np.float32)
    worth[tokenizer.encode(STOPS).ids] = 0
    worth[[tokenizer.cls_id, tokenizer.sep_id, tokenizer.pad_id]] = 0
    return worth


def _times(matrix: openvino.Node, vector: openvino.Node) -> openvino.Node:
    """(1, 384, 384) times (1, 384)."""
    product = ops.matmul(matrix, ops.unsqueeze(vector, 2), False, False)
    return ops.squeeze(product, ops.constant([2]))


def _float(node: openvino.Node) -> openvino.Node:
    return ops.convert(node, np.float32)
