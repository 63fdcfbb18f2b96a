"""The compiled model: arrays in, logits out. The only importer of openvino.

Which tensor of the model means what is said by role in reader.json, so the four-input
Open Model Zoo signature (static [1, 384]) and a dynamic three-input model both run.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from .arrays import FloatArray, IntArray
from .compiled import alone, sign
from .config import ReaderConfig
from .errors import InferenceError, ModelError

MODEL_FILE: Final = "model.xml"
MODEL_FILES: Final = (MODEL_FILE, "model.bin")
# Embedding tables are often padded with unused rows, to a multiple of 128 at most.
UNUSED_ROWS: Final = 128
RESHAPING: Final = frozenset({"Convert", "Reshape", "Squeeze", "Unsqueeze"})


class Engine(Protocol):
    """What the reader needs of a model; tests put a fake in its place."""

    @property
    def fixed_length(self) -> int | None:
        """Tokens of a row when the model's shape is static, else None."""

    def run(self, arrays: Mapping[str, IntArray]) -> tuple[FloatArray, FloatArray]:
        """Role -> (windows, tokens) to start and end logits, each (windows, tokens).

        Raises InferenceError, also for logits that are not finite. Called from one
        thread at a time.
        """

    def embed(self, arrays: Mapping[str, IntArray]) -> FloatArray:
        """The same of texts read alone to an embedding each, (texts, width).

        Asked only of models with a ``similarity_weight``.
        """


class OpenVINOEngine:
    """One compiled model with one inference request; its owner is one thread."""

    def __init__(self, compiled: Any, config: ReaderConfig) -> None:
        self._request = compiled.create_infer_request()
        self._inputs = {
            role: (name, compiled.input(name).element_type.to_dtype())
            for role, name in config.inputs.items()
        }
        self._outputs = [
            compiled.output(config.outputs[role])
            for role in ("start_logits", "end_logits")
        ]
        embedding = config.outputs.get("embedding")
        self._embedding = compiled.output(embedding) if embedding else None
        batch, length = _shape(compiled, config)
        self._row_by_row = batch is not None
        self.fixed_length = length

    @classmethod
    def load(
        cls,
        folder: Path,
        config: ReaderConfig,
        *,
        threads: int | None = None,
        cache_folder: Path | None = None,
        vocabulary_size: int | None = None,
    ) -> "OpenVINOEngine":
        """Verify, compile and try out ``folder/model.xml``. Raises ModelError.

        ``threads`` None leaves the number to OpenVINO; ``cache_folder`` makes starts
        faster, where it can be used; ``vocabulary_size`` finds a model made for
        another tokenizer.
        """
        path = folder / MODEL_FILE
        config.verify(folder, *MODEL_FILES)
        try:
            model = core().read_model(path)
            _check_names(model, config)
            if vocabulary_size is not None:
                _check_vocabulary(model, config, vocabulary_size)
            _check_length(model, config)
            kept = cache_folder / config.model_hash if cache_folder else None
            compiled = _compile(model, _options(threads), kept)
            engine = cls(compiled, config)
            engine._try_out(config.max_length)
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
        except (RuntimeError, InferenceError, ValueError) as error:
            raise ModelError(f"{path} cannot be run: {error}") from error
        return engine

    def run(self, arrays: Mapping[str, IntArray]) -> tuple[FloatArray, FloatArray]:
        """See Engine.run. A static model runs row by row, padded to its length."""
        tokens = arrays["input_ids"].shape[1]
        rows = [
            [_logits(results[output], shape) for output in self._outputs]
            for shape, results in self._infer(arrays)
        ]
        start, end = map(np.concatenate, zip(*rows, strict=True))
        return start[:, :tokens], end[:, :tokens]

    def embed(self, arrays: Mapping[str, IntArray]) -> FloatArray:
        """See Engine.embed."""
        if self._embedding is None:
            raise InferenceError("The model has no output for embeddings.")
        return np.concatenate(
            [
                _embeddings(results[self._embedding], shape[0])
                for shape, results in self._infer(arrays)
            ]
        )

    def _infer(
        self, arrays: Mapping[str, IntArray]
    ) -> Iterator[tuple[tuple[int, ...], Any]]:
        """The shape that was read, and what came of it: all rows, or one after one."""
        if self.fixed_length is not None:
            arrays = _pad(arrays, self.fixed_length)
        if not self._row_by_row:
            yield self._infer_once(arrays)
            return
        for row in range(len(arrays["input_ids"])):
            one = {role: a[row : row + 1] for role, a in arrays.items()}
            yield self._infer_once(one)

    def _infer_once(
        self, arrays: Mapping[str, IntArray]
    ) -> tuple[tuple[int, ...], Any]:
        feed = {
            name: np.ascontiguousarray(arrays[role], dtype=dtype)
            for role, (name, dtype) in self._inputs.items()
        }
        try:
            # Copies of the outputs: the request reuses its own memory.
            results = self._request.infer(feed, share_outputs=False)
        except RuntimeError as error:
            raise InferenceError(f"The model failed: {error}") from error
        return arrays["input_ids"].shape, results

    def _try_out(self, max_length: int) -> None:
        # Logits of another shape and NaN show in one window of full length, before
        # anybody asks.
        ones = np.ones((1, max_length), dtype=np.int64)
        positions = np.arange(max_length, dtype=np.int64)[None, :]
        arrays = dict.fromkeys(("input_ids", "attention_mask", "token_type_ids"), ones)
        arrays = {**arrays, "position_ids": positions}
        self.run(arrays)
        if self._embedding is not None:
            self.embed(arrays)


@cache
def core() -> Any:
    """OpenVINO's Core, one for the whole process and until it ends.

    The plugin for CPUs gives the thread that loads it a signal stack of its own and
    takes it away with the Core. Of two Cores that end in the order they were made, the
    second leaves the thread with the first one's stack, which is gone: the next signal
    ends the process with a segmentation fault (intel_cpu, SigAltStackSetup).
    """
    import openvino  # half a second, and only processes that read pay it

    return openvino.Core()


def _compile(model: Any, options: dict[str, Any], kept: Path | None) -> Any:
    """Compile the model, or take it from the folder of what was compiled before."""
    with alone(kept) if kept else nullcontext() as folder:
        if folder is None:
            return core().compile_model(model, "CPU", options)
        caching = {**options, "CACHE_DIR": str(folder)}
        compiled = core().compile_model(model, "CPU", caching)
        if not compiled.get_property("LOADED_FROM_CACHE"):
            sign(folder)
        return compiled


def _options(threads: int | None) -> dict[str, Any]:
    options: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        # Several processes with pinned threads all land on the same cores.
        "ENABLE_CPU_PINNING": False,
        # Else bfloat16 is used where the processor has it, and answers differ.
        "INFERENCE_PRECISION_HINT": "f32",
    }
    if threads is not None:
        options["INFERENCE_NUM_THREADS"] = threads
    return options


def _check_names(model: Any, config: ReaderConfig) -> None:
    _check_ports("input", model.inputs, config.inputs.values())
    _check_ports("output", model.outputs, config.outputs.values())
    for port in model.inputs:
        if not port.element_type.is_integral():
            raise ModelError(f"input {_name(port)} takes {port.element_type}, not ids")


def _check_ports(kind: str, ports: Sequence[Any], wanted: Iterable[str]) -> None:
    names = list(wanted)
    present = {name for port in ports for name in port.get_names()}
    if missing := [name for name in names if name not in present]:
        raise ModelError(
            f"the model has no {kind} {', '.join(missing)}; "
            f"it has {', '.join(sorted(present))}"
        )
    if kind == "input":
        # An input that nobody fills would silently be zeros.
        unknown = [_name(p) for p in ports if not p.get_names() & set(names)]
        if unknown:
            raise ModelError(
                f"reader.json gives no role to the input {', '.join(unknown)}"
            )


def _name(port: Any) -> str:
    return min(port.get_names(), default="without a name")


def _shape(compiled: Any, config: ReaderConfig) -> tuple[int | None, int | None]:
    """The static batch size and length of the model; None where it is dynamic."""
    shapes = [compiled.input(name).partial_shape for name in config.inputs.values()]
    shape = shapes[0]
    if any(str(other) != str(shape) for other in shapes) or len(shape) != 2:
        raise ModelError(f"inputs have the shapes {shapes}, not one (windows, tokens)")
    batch, length = (d.get_length() if d.is_static else None for d in shape)
    if batch not in (None, 1):
        raise ModelError(f"the model takes {batch} windows at once; 1 or any number")
    if length is not None and length < config.max_length:
        raise ModelError(
            f"the model takes {length} tokens; max_length is {config.max_length}"
        )
    return batch, length


def _check_vocabulary(model: Any, config: ReaderConfig, size: int) -> None:
    """Compare the rows of the word embedding with the tokenizer, where it is found.

    OpenVINO's Gather answers ids over the table with zeros, so a wrong vocabulary
    would not fail: it would only answer badly.
    """
    rows = _embedding_rows(model.input(config.inputs["input_ids"]))
    if rows is not None and not size <= rows < size + UNUSED_ROWS:
        raise ModelError(
            f"the model knows {rows} tokens, the tokenizer has {size}: "
            "they do not belong together"
        )


def _check_length(model: Any, config: ReaderConfig) -> None:
    """Compare the rows of the position embedding with max_length, where it is found.

    Positions over the table would be answered with zeros, too.
    """
    counted = [op.output(0) for op in model.get_ops() if op.get_type_name() == "Range"]
    if positions := config.inputs.get("position_ids"):
        counted.append(model.input(positions))
    known = [rows for port in counted if (rows := _embedding_rows(port)) is not None]
    if known and config.max_length > min(known):
        raise ModelError(
            f"the model knows {min(known)} positions; max_length is {config.max_length}"
        )


def _embedding_rows(port: Any) -> int | None:
    """Rows of the table that is looked up by this port, or None if none is found."""
    for target in port.get_target_inputs():
        node, index = target.get_node(), target.get_index()
        rows: int | None = None
        if node.get_type_name() == "Gather" and index == 1:
            rows = _rows(node.input(0).get_partial_shape())
        elif node.get_type_name() in RESHAPING and index == 0:
            rows = _embedding_rows(node.output(0))
        if rows is not None:
            return rows
    return None


def _rows(table: Any) -> int | None:
    known = table.rank.is_static and len(table) == 2 and table[0].is_static
    return int(table[0].get_length()) if known else None


def _pad(arrays: Mapping[str, IntArray], length: int) -> dict[str, IntArray]:
    """To (windows, length): zeros, which the mask hides; positions go on counting."""
    windows, tokens = arrays["input_ids"].shape
    if tokens > length:
        raise InferenceError(f"{tokens} tokens in a window; the model takes {length}")
    padded = {
        role: np.pad(array, ((0, 0), (0, length - tokens)))
        for role, array in arrays.items()
    }
    positions = np.arange(length, dtype=np.int64)
    return {**padded, "position_ids": np.tile(positions, (windows, 1))}


def _logits(output: Any, shape: tuple[int, ...]) -> FloatArray:
    """(windows, tokens) from (windows, tokens) or (windows, tokens, 1); finite."""
    logits: FloatArray = np.asarray(output, dtype=np.float32)
    if logits.shape == (*shape, 1):
        logits = logits[..., 0]
    if logits.shape != shape:
        raise InferenceError(f"The model gave logits of {logits.shape} for {shape}.")
    if not np.isfinite(logits).all():
        raise InferenceError("The model gave logits that are not finite numbers.")
    return logits


def _embeddings(output: Any, texts: int) -> FloatArray:
    """(texts, width), finite."""
    embeddings: FloatArray = np.asarray(output, dtype=np.float32)
    if embeddings.ndim != 2 or len(embeddings) != texts:
        raise InferenceError(
            f"The model gave embeddings of {embeddings.shape} for {texts} texts."
        )
    if not np.isfinite(embeddings).all():
        raise InferenceError("The model gave embeddings that are not finite numbers.")
    return embeddings
