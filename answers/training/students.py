"""A smaller network that begins with what a larger one knows.

Layers are left out evenly (DistilBERT, Sanh et al. 2019), or as is said: which ones
can be spared differs by network. Of each layer that stays, columns, directions within
heads and neurons are left out so that what is left says most of what there was, and the
matrices are solved by least squares on sample windows to make up for what is missing
(structured pruning with reconstruction; as in "A Fast Post-Training Pruning Framework
for Transformers", Kwon et al. 2022). Columns are left out, not turned: layer norm is no
friend of turned axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .network import CheckpointError, Layer, Network, Shape

# Ridge of the least squares, in parts of the mean variance.
RIDGE = 1e-5


def student_of(
    teacher: Network,
    windows: Sequence[Tensor],
    *,
    layers: int | Sequence[int] | None = None,
    hidden: int | None = None,
    intermediate: int | None = None,
) -> Network:
    """A network of this shape; what is not said is the teacher's, and so are the heads.

    `layers`: how many, or which of the teacher's in order, the first one being 0.
    `windows`: input_ids, attention_mask and token_type_ids, (windows, tokens) each, of
    texts like those that will be read; several thousand tokens. Raises CheckpointError
    for a shape that is none, or larger than the teacher.
    """
    sizes = {"hidden": hidden, "intermediate": intermediate}
    shape = smaller(teacher.shape, layers=layers, **sizes)
    student = Network(shape)
    with torch.no_grad():
        kept = _kept(layers, teacher.shape.num_hidden_layers)
        _Slimming(teacher.eval(), student, windows).run(kept)
    return student


def smaller(
    theirs: Shape,
    *,
    layers: int | Sequence[int] | None = None,
    hidden: int | None = None,
    intermediate: int | None = None,
) -> Shape:
    """The shape of such a student. Raises CheckpointError as `student_of` does."""
    shape = replace(
        theirs,
        num_hidden_layers=len(_kept(layers, theirs.num_hidden_layers)),
        hidden_size=_or(hidden, theirs.hidden_size),
        intermediate_size=_or(intermediate, theirs.intermediate_size),
    )
    _require_smaller(shape, theirs)
    return shape


def _or(said: int | None, otherwise: int) -> int:
    return otherwise if said is None else said


def _require_smaller(shape: Shape, theirs: Shape) -> None:
    if shape.hidden_size % shape.num_attention_heads:
        raise CheckpointError(
            f"{shape.hidden_size} columns do not make {shape.num_attention_heads} heads"
        )
    if not 1 <= shape.hidden_size <= theirs.hidden_size:
        raise CheckpointError("a student is no wider than its teacher")
    if not 1 <= shape.intermediate_size <= theirs.intermediate_size:
        raise CheckpointError("a student has no more neurons than its teacher")


class _Slimming:
    """Fills a student from the bottom up, each part on what those below it give."""

    def __init__(
        self, teacher: Network, student: Network, windows: Sequence[Tensor]
    ) -> None:
        self.teacher, self.student = teacher, student
        self.ids, mask, self.kinds = windows
        self.read = mask.bool()  # (windows, tokens)
        self.mask = self.read[:, None, None, :]
        self.theirs = _norm_outputs(teacher, windows)
        self.columns = self._columns(student.shape.hidden_size)

    def run(self, kept: Sequence[int]) -> None:
        state = self._embed()
        theirs = cast(Sequence[Layer], self.teacher.layers)
        for mine, number in zip(self.student.layers, kept, strict=True):
            state = self._layer(cast(Layer, mine), theirs[number], number, state)
        pair = self._pair(state, self.theirs[-1])
        _solve_reading([self.student.head], [self.teacher.head], *pair)

    def _columns(self, number: int) -> Tensor:
        """The columns that tell most of the others, in order: the least is left out.

        Of those that are left, the one with the least variance given the rest: one
        over its place on the diagonal of the inverse covariance.
        """
        known = torch.cat([state[self.read] for state in self.theirs]).double()
        known = known - known.mean(0)
        covariance = known.T @ known / len(known)
        size = len(covariance)
        ridge = RIDGE * covariance.diagonal().mean()
        inverse = torch.linalg.inv(covariance + ridge * torch.eye(size).double())
        left = list(range(size))
        while len(left) > number:
            out = int(inverse.diagonal().argmax())
            del left[out]
            kept = [place for place in range(len(inverse)) if place != out]
            column = inverse[kept, out]
            inverse = (
                inverse[kept][:, kept]
                - torch.outer(column, column) / (inverse[out, out])
            )
        return torch.tensor(left)

    def _embed(self) -> Tensor:
        for name in ("words", "positions", "kinds"):
            table = getattr(self.teacher, name).weight[:, self.columns]
            getattr(self.student, name).weight.copy_(table)
        known = self.student.embed(self.ids, self.kinds)
        return self._norm(self.student.norm, self.teacher.norm, known, self.theirs[0])

    def _layer(self, mine: Layer, theirs: Layer, number: int, state: Tensor) -> Tensor:
        """The student's state after the layer, made to be the teacher's there."""
        before, middle, after = self.theirs[2 * number : 2 * number + 3]
        parts = [_narrower(part, state.shape[-1]) for part in theirs.projections]
        _solve_reading(parts, theirs.projections, *self._pair(state, before))
        self._heads(mine, theirs, parts, state)
        attended = mine.attend(state, self.mask)
        middle_state = self._norm(
            mine.attended_norm, theirs.attended_norm, state + attended, middle
        )
        self._neurons(mine, theirs, middle_state, middle)
        narrow = mine.narrow(functional.gelu(mine.wide(middle_state)))
        return self._norm(
            mine.narrow_norm, theirs.narrow_norm, middle_state + narrow, after
        )

    def _heads(
        self, mine: Layer, theirs: Layer, parts: Sequence[nn.Linear], state: Tensor
    ) -> None:
        """Of each head the directions that decide attention, and those it hands on."""
        old = theirs.query.out_features // theirs.heads
        size = mine.query.out_features // mine.heads
        known = state[self.read]
        out_weight = theirs.attended.weight[self.columns]
        out_bias = theirs.attended.bias[self.columns].clone()
        for head in range(mine.heads):
            here = slice(head * old, (head + 1) * old)
            new = slice(head * size, (head + 1) * size)
            query, key, value = (_rows(part, here) for part in parts)
            ask, offer = _shared_directions(query(known), key(known), size)
            # Attention divides products by the root of a head's directions.
            scale = (size / old) ** 0.25
            _write(mine.query, new, query, ask * scale)
            _write(mine.key, new, key, offer * scale)
            take, give = _handed_on(value(known), out_weight[:, here], size)
            _write(mine.value, new, value, take)
            # What the directions left out hold on average goes into the bias.
            mean = value(known).mean(0)
            out_bias += (out_weight[:, here] - give @ take) @ mean
            mine.attended.weight[:, new] = give
        mine.attended.bias.copy_(out_bias)

    def _neurons(
        self, mine: Layer, theirs: Layer, state: Tensor, middle: Tensor
    ) -> None:
        wide = _narrower(theirs.wide, state.shape[-1])
        _solve_reading([wide], [theirs.wide], *self._pair(state, middle))
        fired = functional.gelu(wide(state[self.read]))
        given = theirs.narrow.weight[self.columns]
        weights = fired.std(0) * given.norm(dim=0)
        kept = weights.topk(mine.wide.out_features).indices.sort().values
        mine.wide.weight.copy_(wide.weight[kept])
        mine.wide.bias.copy_(wide.bias[kept])
        weight, bias = least_squares(
            fired[:, kept], fired @ given.T + theirs.narrow.bias[self.columns]
        )
        mine.narrow.weight.copy_(weight)
        mine.narrow.bias.copy_(bias)

    def _norm(
        self, mine: nn.LayerNorm, theirs: nn.LayerNorm, state: Tensor, wanted: Tensor
    ) -> Tensor:
        """Fits gain and bias, column by column, to the columns of the teacher's."""
        normed = functional.layer_norm(state, state.shape[-1:], eps=theirs.eps)
        x, y = normed[self.read], wanted[self.read][:, self.columns]
        x_mean, y_mean = x.mean(0), y.mean(0)
        together = ((x - x_mean) * (y - y_mean)).mean(0)
        gain = together / (x - x_mean).square().mean(0).clamp_min(1e-12)
        mine.weight.copy_(gain)
        mine.bias.copy_(y_mean - gain * x_mean)
        found: Tensor = mine(state)
        return found

    def _pair(self, state: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        return state[self.read], wanted[self.read]


def _norm_outputs(teacher: Network, windows: Sequence[Tensor]) -> list[Tensor]:
    """After the embeddings, and after both halves of each layer, in order."""
    found: list[Tensor] = []
    norms = [one for one in teacher.modules() if isinstance(one, nn.LayerNorm)]
    hooks = [
        one.register_forward_hook(lambda module, given, out: found.append(out))
        for one in norms
    ]
    try:
        teacher(*windows)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _kept(layers: int | Sequence[int] | None, theirs: int) -> list[int]:
    """Which of `theirs` layers stay. Raises CheckpointError for more than there are."""
    if layers is None:
        return list(range(theirs))
    if isinstance(layers, int):
        if not 1 <= layers <= theirs:
            raise CheckpointError(f"1 to {theirs} layers can be taken")
        # Evenly apart, the last one among them.
        return [round((number + 1) * theirs / layers) - 1 for number in range(layers)]
    kept = list(layers)
    if not kept or kept != sorted(set(kept) & set(range(theirs))):
        raise CheckpointError(
            f"layers are named in order, each once, from 0 to {theirs - 1}: not {kept}"
        )
    return kept


def _narrower(part: nn.Linear, inputs: int) -> nn.Linear:
    return nn.Linear(inputs, part.out_features)


def _rows(part: nn.Linear, rows: slice) -> nn.Linear:
    found = nn.Linear(part.in_features, rows.stop - rows.start)
    found.weight.copy_(part.weight[rows])
    found.bias.copy_(part.bias[rows])
    return found


def _write(into: nn.Linear, rows: slice, part: nn.Linear, turn: Tensor) -> None:
    """rows of `into` give turn @ part(x)."""
    into.weight[rows] = turn @ part.weight
    into.bias[rows] = turn @ part.bias


def _solve_reading(
    mine: Sequence[nn.Linear],
    theirs: Sequence[nn.Linear],
    state: Tensor,
    wanted: Tensor,
) -> None:
    """Lets parts read the student's state as the teacher's parts read its own."""
    weight, bias = least_squares(state, wanted)
    for part, original in zip(mine, theirs, strict=True):
        part.weight.copy_(original.weight @ weight)
        part.bias.copy_(original.bias + original.weight @ bias)


def least_squares(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """weight (y columns, x columns) and bias with y about x @ weight.T + bias."""
    x_mean, y_mean = x.double().mean(0), y.double().mean(0)
    x_, y_ = x.double() - x_mean, y.double() - y_mean
    square = x_.T @ x_
    square += RIDGE * square.diagonal().mean() * torch.eye(len(square)).to(square)
    weight = torch.linalg.solve(square, x_.T @ y_).T
    return weight.to(x.dtype), (y_mean - weight @ x_mean).to(x.dtype)


def _shared_directions(
    queries: Tensor, keys: Tensor, size: int
) -> tuple[Tensor, Tensor]:
    """Turns of queries and of keys, (size, directions) each: products stay the same.

    Of the directions those that count most on these tokens. A constant in the keys is
    nothing to attention, which compares them, so that their mean is left out.
    """
    ask, ask_back = _roots(queries)
    offer, offer_back = _roots(keys - keys.mean(0))
    left, values, right = torch.linalg.svd(ask @ offer)
    root = values[:size].sqrt()[:, None]
    turn_queries = root * (left[:, :size].T @ ask_back)
    turn_keys = root * (right[:size] @ offer_back)
    return turn_queries.to(queries.dtype), turn_keys.to(keys.dtype)


def _handed_on(values: Tensor, out: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """take (size, directions) and give (outputs, size): give @ take is about out."""
    root, back = _roots(values - values.mean(0))
    left, strengths, right = torch.linalg.svd(out.double() @ root, full_matrices=False)
    give = left[:, :size] * strengths[:size]
    take = right[:size] @ back
    return take.to(values.dtype), give.to(values.dtype)


def _roots(x: Tensor) -> tuple[Tensor, Tensor]:
    """The symmetric root of x's second moments, and its inverse, in double."""
    moments = x.double().T @ x.double() / len(x)
    values, vectors = torch.linalg.eigh(moments)
    # So small a direction is noise, and its inverse would be huge.
    roots = values.clamp_min(1e-9 * float(values.max())).sqrt()
    return vectors * roots @ vectors.T, vectors / roots @ vectors.T
