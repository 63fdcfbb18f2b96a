import dataclasses
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import openvino
import pytest
from openvino import opset13 as ops

from answers.reader import InferenceError, ModelError, ReaderConfig
from answers.reader.arrays import IntArray
from answers.reader.config import file_digest
from answers.reader.engine import OpenVINOEngine

from .makers import make_config, shipped_folder
from .models import (
    OMZ_INPUTS,
    OMZ_OUTPUTS,
    make_model,
    make_table,
    save_dynamic,
    save_folder,
    save_static,
)

ROWS = 300
TABLE = make_table(ROWS, id_7=(5.0, 1.0), id_8=(2.0, 6.0))


def arrays_of(*rows: list[int]) -> dict[str, IntArray]:
    ids = np.array(rows, dtype=np.int64)
    return {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids),
        "token_type_ids": np.zeros_like(ids),
        "position_ids": np.broadcast_to(np.arange(ids.shape[1]), ids.shape),
    }


def load(folder: Path, config: ReaderConfig) -> OpenVINOEngine:
    return OpenVINOEngine.load(folder, config, threads=1, vocabulary_size=ROWS)


def test_a_dynamic_model_runs_windows_of_any_length(tmp_path: Path) -> None:
    engine = load(tmp_path, save_dynamic(tmp_path, TABLE))
    assert engine.fixed_length is None
    start, end = engine.run(arrays_of([0, 7, 8], [8, 0, 7]))
    assert start.tolist() == [[0, 5, 2], [2, 0, 5]]
    assert end.tolist() == [[0, 1, 6], [6, 0, 1]]
    assert start.dtype == np.float32
    assert engine.run(arrays_of([7] * 384))[0].shape == (1, 384)


def test_the_open_model_zoo_signature_runs_row_by_row(tmp_path: Path) -> None:
    engine = load(tmp_path, save_static(tmp_path, TABLE))
    assert engine.fixed_length == 384
    start, end = engine.run(arrays_of([0, 7, 8], [8, 0, 7]))
    assert start.tolist() == [[0, 5, 2], [2, 0, 5]]
    assert end.tolist() == [[0, 1, 6], [6, 0, 1]]


def test_logits_are_copies_that_the_next_run_leaves_alone(tmp_path: Path) -> None:
    engine = load(tmp_path, save_dynamic(tmp_path, TABLE))
    start, _ = engine.run(arrays_of([7, 7]))
    engine.run(arrays_of([8, 8]))
    assert start.tolist() == [[5, 5]]


def with_embedding(folder: Path, node: openvino.Node, model: openvino.Model) -> None:
    node.output(0).get_tensor().set_names({"about"})
    model.add_results([ops.result(node)])
    outputs = {"start_logits": "output_s", "end_logits": "output_e"}
    save_folder(
        folder, model, inputs=OMZ_INPUTS, outputs={**outputs, "embedding": "about"}
    )


@pytest.mark.parametrize("shape", [(-1, -1), (1, 384)])
def test_texts_have_embeddings_whatever_the_shape(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    model = make_model(TABLE, OMZ_INPUTS, OMZ_OUTPUTS, shape=shape)
    ids, mask = model.input("0").get_node(), model.input("1").get_node()
    words = ops.gather(ops.constant(np.eye(ROWS, 3, dtype=np.float32)), ids, 0)
    read = ops.unsqueeze(ops.convert(mask, np.float32), 2)
    with_embedding(tmp_path, ops.reduce_sum(ops.multiply(words, read), 1), model)
    engine = load(tmp_path, ReaderConfig.load(tmp_path))
    found = engine.embed(arrays_of([0, 2, 2, 7], [1, 7, 7, 7]))
    assert found.tolist() == [[1, 0, 2], [0, 1, 0]]
    assert found.dtype == np.float32
    assert engine.run(arrays_of([0, 7, 8]))[0].tolist() == [[0, 5, 2]]


def test_a_model_without_embeddings_gives_none(tmp_path: Path) -> None:
    engine = load(tmp_path, save_dynamic(tmp_path, TABLE))
    with pytest.raises(InferenceError, match="no output for embeddings"):
        engine.embed(arrays_of([0, 7]))


def test_embeddings_of_another_shape_are_refused_when_loading(tmp_path: Path) -> None:
    model = make_model(TABLE, OMZ_INPUTS, OMZ_OUTPUTS)
    ids = ops.convert(model.input("0").get_node(), np.float32)
    with_embedding(tmp_path, ops.unsqueeze(ids, 2), model)
    with pytest.raises(ModelError, match=r"embeddings of \(1, 384, 1\) for 1 texts"):
        load(tmp_path, ReaderConfig.load(tmp_path))


def test_embeddings_that_are_no_numbers_are_refused_when_loading(
    tmp_path: Path,
) -> None:
    model = make_model(TABLE, OMZ_INPUTS, OMZ_OUTPUTS)
    ids = ops.convert(model.input("0").get_node(), np.float32)
    nothing = ops.divide(ids, np.float32(0))
    with_embedding(tmp_path, nothing, model)
    with pytest.raises(ModelError, match="embeddings that are not finite"):
        load(tmp_path, ReaderConfig.load(tmp_path))


def test_padding_changes_no_logit(tmp_path: Path) -> None:
    engine = load(tmp_path, save_dynamic(tmp_path, TABLE))
    padded = arrays_of([7, 8, 0, 0])
    padded["attention_mask"][0, 2:] = 0
    assert engine.run(padded)[0][0, :2].tolist() == [5, 2]


def load_kept(folder: Path, config: ReaderConfig) -> tuple[object, bool]:
    """What token 7 gives, and whether the model was compiled in an earlier start."""
    engine = OpenVINOEngine.load(folder, config, cache_folder=folder / "cache")
    compiled = engine._request.get_compiled_model()
    start, _ = engine.run(arrays_of([7]))
    return start.tolist(), compiled.get_property("LOADED_FROM_CACHE")


def the_kept(folder: Path) -> Path:
    [path] = (folder / "cache").rglob("*.blob")
    return path


def test_the_cache_folder_is_filled_and_used(tmp_path: Path) -> None:
    config = save_dynamic(tmp_path, TABLE)
    assert load_kept(tmp_path, config) == ([[5]], False)
    assert load_kept(tmp_path, config) == ([[5]], True)


def test_a_compiled_model_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    """OpenVINO would take the other weights, and answer with them."""
    config = save_dynamic(tmp_path, TABLE)
    load_kept(tmp_path, config)
    kept = the_kept(tmp_path)
    mine, others = (np.array(pair, np.float32).tobytes() for pair in ([5, 1], [1, 5]))
    data = kept.read_bytes()
    assert mine in data
    kept.chmod(0o600)
    kept.write_bytes(data.replace(mine, others))
    assert load_kept(tmp_path, config) == ([[5]], False)
    assert load_kept(tmp_path, config) == ([[5]], True)


def test_a_compiled_model_without_a_sum_is_made_anew(tmp_path: Path) -> None:
    """As one that a process which was killed has left half written."""
    config = save_dynamic(tmp_path, TABLE)
    load_kept(tmp_path, config)
    for path in (tmp_path / "cache").rglob("*.sha256"):
        path.unlink()
    assert load_kept(tmp_path, config) == ([[5]], False)
    assert load_kept(tmp_path, config) == ([[5]], True)


@pytest.mark.parametrize("where", ["", "cache", "cache/{config.model_hash}"])
def test_a_cache_folder_that_cannot_be_made_is_done_without(
    tmp_path: Path, where: str
) -> None:
    config = save_dynamic(tmp_path, TABLE)
    taken = tmp_path / "taken" / where.format(config=config)
    taken.parent.mkdir(parents=True, exist_ok=True)
    taken.write_text("a file")
    cache = tmp_path / "taken" / "cache"
    engine = OpenVINOEngine.load(tmp_path, config, cache_folder=cache)
    assert engine.run(arrays_of([7]))[0].tolist() == [[5]]


STARTED = """
import sys
from pathlib import Path
from answers.reader import ReaderConfig
from answers.reader.engine import OpenVINOEngine

folder = Path(sys.argv[1])
config = ReaderConfig.load(folder)
OpenVINOEngine.load(folder, config, cache_folder=folder / "cache")
"""


def test_processes_that_start_together_share_what_one_has_made(
    tmp_path: Path,
) -> None:
    config = save_dynamic(tmp_path, TABLE)
    command = [sys.executable, "-c", STARTED, str(tmp_path)]
    started = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait() for process in started] == [0] * 4
    assert load_kept(tmp_path, config) == ([[5]], True)


def test_the_model_runs_as_asked(tmp_path: Path) -> None:
    engine = load(tmp_path, save_dynamic(tmp_path, TABLE))
    compiled = engine._request.get_compiled_model()
    assert compiled.get_property("INFERENCE_NUM_THREADS") == 1
    assert compiled.get_property("ENABLE_CPU_PINNING") is False
    assert compiled.get_property("INFERENCE_PRECISION_HINT") == openvino.Type.f32
    assert compiled.get_property("NUM_STREAMS") == 1


@pytest.mark.parametrize("rows", [ROWS, ROWS + 127])
def test_some_unused_rows_of_the_embedding_are_fine(tmp_path: Path, rows: int) -> None:
    load(tmp_path, save_dynamic(tmp_path, make_table(rows)))


@pytest.mark.parametrize("rows", [ROWS - 1, ROWS + 128])
def test_a_model_of_another_vocabulary_is_refused(tmp_path: Path, rows: int) -> None:
    config = save_dynamic(tmp_path, make_table(rows))
    with pytest.raises(ModelError, match=f"{rows} tokens, the tokenizer has {ROWS}"):
        load(tmp_path, config)


def test_the_embedding_is_found_behind_a_conversion(tmp_path: Path) -> None:
    config = make_config()
    model = make_model(TABLE, dict(config.inputs), dict(config.outputs))
    ids = model.input("input_ids")
    (gather,) = ids.get_target_inputs()
    short = openvino.opset13.convert(ids.get_node(), np.int32)
    gather.replace_source_output(short.output(0))
    with pytest.raises(ModelError, match="300 tokens, the tokenizer has 301"):
        OpenVINOEngine.load(
            tmp_path, save_folder(tmp_path, model), vocabulary_size=ROWS + 1
        )


def test_logits_that_are_not_finite_are_refused_at_load(tmp_path: Path) -> None:
    # Token 1 is what the model is tried out with.
    config = save_dynamic(tmp_path, make_table(ROWS, id_1=(float("nan"), 0.0)))
    with pytest.raises(ModelError, match="not finite"):
        load(tmp_path, config)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_logits_that_are_not_finite_are_an_inference_error(
    tmp_path: Path, bad: float
) -> None:
    engine = load(tmp_path, save_dynamic(tmp_path, make_table(ROWS, id_9=(0.0, bad))))
    engine.run(arrays_of([7, 8]))
    with pytest.raises(InferenceError, match="not finite"):
        engine.run(arrays_of([7, 9]))
    assert engine.run(arrays_of([7]))[1].tolist() == [[0]]  # and goes on


def test_a_window_over_the_static_length_is_an_inference_error(tmp_path: Path) -> None:
    engine = load(tmp_path, save_static(tmp_path, TABLE))
    with pytest.raises(InferenceError, match=r"385 tokens in a window; .* 384"):
        engine.run(arrays_of([7] * 385))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"input_ids": "ids"}, "has no input ids; it has 0, 1, 2, 3"),
        ({"position_ids": None}, "no role to the input 3"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_by_name(
    tmp_path: Path, inputs: Mapping[str, str | None], message: str
) -> None:
    save_static(tmp_path, TABLE)
    merged = {**OMZ_INPUTS, **inputs}
    names = {role: name for role, name in merged.items() if name is not None}
    config = reload_with(tmp_path, inputs=names)
    with pytest.raises(ModelError, match=message):
        load(tmp_path, config)


def test_outputs_that_do_not_fit_are_refused_by_name(tmp_path: Path) -> None:
    save_static(tmp_path, TABLE)
    outputs = {**OMZ_OUTPUTS, "end_logits": "end"}
    config = reload_with(tmp_path, inputs=OMZ_INPUTS, outputs=outputs)
    with pytest.raises(ModelError, match="no output end; it has output_e, output_s"):
        load(tmp_path, config)


def test_outputs_of_another_shape_are_refused(tmp_path: Path) -> None:
    config = make_config()
    wide = make_model(
        np.zeros((ROWS, 4), dtype=np.float32),
        dict(config.inputs),
        dict(config.outputs),
        rank3=True,
    )
    with pytest.raises(ModelError, match=r"logits of \(1, 384, 2\) for \(1, 384\)"):
        load(tmp_path, save_folder(tmp_path, wide))


@pytest.mark.parametrize(
    ("shape", "message"),
    [((8, -1), "takes 8 windows at once"), ((1, 128), "takes 128 tokens; .* 384")],
)
def test_static_shapes_that_do_not_fit_are_refused(
    tmp_path: Path, shape: tuple[int, int], message: str
) -> None:
    config = make_config()
    model = make_model(TABLE, dict(config.inputs), dict(config.outputs), shape=shape)
    with pytest.raises(ModelError, match=message):
        load(tmp_path, save_folder(tmp_path, model))


def test_windows_longer_than_the_model_knows_positions_are_refused() -> None:
    folder = shipped_folder()
    config = dataclasses.replace(ReaderConfig.load(folder), max_length=513)
    with pytest.raises(ModelError, match="knows 512 positions; max_length is 513"):
        OpenVINOEngine.load(folder, config, threads=1)


@pytest.mark.parametrize("name", ["model.xml", "model.bin"])
def test_a_damaged_file_is_refused_before_it_is_parsed(
    tmp_path: Path, name: str
) -> None:
    config = save_dynamic(tmp_path, TABLE)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match=f"{name} is damaged"):
        load(tmp_path, config)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    save_dynamic(tmp_path, TABLE)
    (tmp_path / "model.xml").write_text("<net/>")
    config = save_digests(tmp_path)
    with pytest.raises(ModelError, match=r"model\.xml cannot be run"):
        load(tmp_path, config)


def test_a_model_without_digest_is_refused(tmp_path: Path) -> None:
    save_dynamic(tmp_path, TABLE)
    with pytest.raises(ModelError, match=r"no sha256 for model\.xml"):
        load(tmp_path, make_config())


def reload_with(folder: Path, **changes: object) -> ReaderConfig:
    return make_config(sha256=ReaderConfig.load(folder).sha256, **changes)


def save_digests(folder: Path) -> ReaderConfig:
    names = ("model.xml", "model.bin")
    return make_config(sha256={name: file_digest(folder / name) for name in names})


SIGNALLED = """
import signal, sys
from pathlib import Path
from answers.reader import ReaderConfig
from answers.reader.engine import OpenVINOEngine

folder = Path(sys.argv[1])
config = ReaderConfig.load(folder)
first = OpenVINOEngine.load(folder, config, threads=1)
second = OpenVINOEngine.load(folder, config, threads=1)
del first
del second
signal.signal(signal.SIGTERM, lambda *_: print("tidied up"))
signal.raise_signal(signal.SIGTERM)
"""


def test_a_signal_is_handled_after_models_were_loaded_and_dropped(
    tmp_path: Path,
) -> None:
    save_dynamic(tmp_path, TABLE)
    command = [sys.executable, "-c", SIGNALLED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "tidied up\n"), done.stderr
