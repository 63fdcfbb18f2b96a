"""A smaller network that begins with what a larger one knows.

Of the same width: the larger one's tables, its span head, and layers of it that stand
evenly apart (DistilBERT, Sanh et al. 2019). Narrower: its tables, projected on the
directions in which the words differ most, and fresh layers; such a student has to be
distilled for long.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from .network import CheckpointError, Network, Shape

TABLES = ("words", "positions", "kinds")


def student_of(
    teacher: Network,
    *,
    layers: int,
    hidden: int | None = None,
    heads: int | None = None,
    intermediate: int | None = None,
) -> Network:
    """A network of this shape; what is not said is the teacher's.

    Raises CheckpointError for a shape that is none, or larger than the teacher.
    """
    theirs = teacher.shape
    shape = replace(
        theirs,
        num_hidden_layers=layers,
        hidden_size=hidden or theirs.hidden_size,
        num_attention_heads=heads or theirs.num_attention_heads,
        intermediate_size=intermediate or theirs.intermediate_size,
    )
    _require_smaller(shape, theirs)
    student = Network(shape)
    if shape.hidden_size == theirs.hidden_size:
        _take_over(student, teacher)
    else:
        _project(student, teacher)
    return student


def _require_smaller(shape: Shape, theirs: Shape) -> None:
    if shape.hidden_size % shape.num_attention_heads:
        raise CheckpointError(
            f"{shape.hidden_size} columns do not make {shape.num_attention_heads} heads"
        )
    if not 1 <= shape.num_hidden_layers <= theirs.num_hidden_layers:
        raise CheckpointError(f"1 to {theirs.num_hidden_layers} layers can be taken")
    if shape.hidden_size > theirs.hidden_size:
        raise CheckpointError("a student is no wider than its teacher")
    same_width = shape.hidden_size == theirs.hidden_size
    if same_width and shape.intermediate_size != theirs.intermediate_size:
        raise CheckpointError("layers are taken over as they are, or not at all")
    if same_width and shape.num_attention_heads != theirs.num_attention_heads:
        raise CheckpointError("layers are taken over with their heads")


def _take_over(student: Network, teacher: Network) -> None:
    mine, theirs = len(student.layers), len(teacher.layers)
    state = {
        name: tensor
        for name, tensor in teacher.state_dict().items()
        if not name.startswith("layers.")
    }
    student.load_state_dict(state, strict=False)
    for number, layer in enumerate(student.layers):
        source = teacher.layers[round((number + 1) * theirs / mine) - 1]
        layer.load_state_dict(source.state_dict())


def _project(student: Network, teacher: Network) -> None:
    directions = _directions(teacher.words.weight, student.shape.hidden_size)
    with torch.no_grad():
        for name in TABLES:
            table: Tensor = getattr(teacher, name).weight @ directions
            getattr(student, name).weight.copy_(table)


def _directions(table: Tensor, number: int) -> Tensor:
    """(hidden, number): orthonormal, those of the greatest variance."""
    with torch.no_grad():
        centred = (table - table.mean(0)).double()
        _, vectors = torch.linalg.eigh(centred.T @ centred)  # the greatest last
        greatest: Tensor = vectors[:, -number:].to(table.dtype)
    return greatest
