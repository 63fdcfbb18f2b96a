"""Batches, the loss, and runs that can be broken off at any step."""

import contextlib
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from answers.reader.tokens import Tokenizer
from answers.training.features import SHIPPED, Labelled
from answers.training.finetune import arguments, finetune, main
from answers.training.mixture import Source
from answers.training.network import (
    CheckpointError,
    Network,
    load_network,
    save_network,
)
from answers.training.steps import Step, candidates, padded_tokens, steps
from answers.training.teaching import Teaching
from answers.training.trainer import (
    Position,
    Trainer,
    learning_rate,
    smoothed,
)

from .conftest import DEMO, TINY
from .runs import make_labelled, make_options


def plan(windows: list[Labelled], **changes: Any) -> list[Step]:
    values: dict[str, Any] = {
        "batch_tokens": 1024,
        "micro_tokens": 512,
        "seed": 3,
        "epoch": 0,
    }
    return steps(windows, **values | changes)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


# -- parts -----------------------------------------------------------------------


def test_every_window_is_in_exactly_one_step_of_an_epoch() -> None:
    windows = [make_labelled(10 + number % 200) for number in range(500)]
    planned = plan(windows)
    flat = [one for step in planned for batch in step for one in batch]
    assert sorted(map(id, flat)) == sorted(map(id, windows))
    for step in planned:
        assert sum(map(padded_tokens, step)) <= 1024
        assert all(padded_tokens(batch) <= 512 for batch in step)


def test_neighbours_in_length_are_padded_together() -> None:
    windows = [make_labelled(10 + number % 200) for number in range(1000)]
    planned = plan(windows)
    padded = sum(padded_tokens(batch) for step in planned for batch in step)
    assert padded < 1.05 * sum(one.window.length for one in windows)


def test_the_windows_of_a_question_share_a_pass_where_they_are_to() -> None:
    windows = [
        make_labelled(
            40 + (7 * number) % 90, question=str(number % 150) * (number < 450)
        )
        for number in range(500)
    ]
    planned = plan(windows, together=True)
    passes = [batch for step in planned for batch in step]
    flat = [one for batch in passes for one in batch]
    assert sorted(map(id, flat)) == sorted(map(id, windows))
    assert all(padded_tokens(batch) <= 512 for batch in passes)
    questions = [{one.question for one in batch} - {""} for batch in passes]
    assert sum(map(len, questions)) == 150
    apart = [{one.question for one in b} - {""} for s in plan(windows) for b in s]
    assert sum(map(len, apart)) > 300


def test_the_order_of_steps_is_new_in_every_epoch_and_given_by_the_seed() -> None:
    windows = [make_labelled(10 + number) for number in range(200)]

    def order(epoch: int, seed: int) -> list[int]:
        planned = plan(windows, epoch=epoch, seed=seed)
        return [one.window.length for step in planned for b in step for one in b]

    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(1, 1)
    assert order(0, 1) != order(0, 2)


def test_a_window_longer_than_a_batch_still_gets_its_step() -> None:
    planned = plan([make_labelled(100)], micro_tokens=50)
    assert [len(step) for step in planned] == [1]


def test_the_learning_rate_warms_up_and_ends_at_zero() -> None:
    options = make_options(learning_rate=1.0, warm_up=0.1)
    rates = [learning_rate(progress, options) for progress in (0, 0.05, 0.1, 0.55, 1)]
    assert rates == pytest.approx([0, 0.5, 1, 0.5, 0])
    assert learning_rate(1.2, options) == 0


def test_the_learning_rate_may_end_above_zero() -> None:
    options = make_options(learning_rate=1.0, warm_up=0.2, end_factor=0.5)
    rates = [learning_rate(progress, options) for progress in (0.1, 0.2, 0.6, 1, 1.2)]
    assert rates == pytest.approx([0.5, 1, 0.75, 0.5, 0.5])


def test_an_answer_may_start_at_cls_and_in_the_passage_only() -> None:
    allowed = candidates([make_labelled(8), make_labelled(10)])
    wanted = [[1, 0, 0, 0, 1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 1, 1, 1, 1, 1, 0]]
    assert allowed.astype(int).tolist() == wanted


def test_the_loss_that_is_told_is_a_mean_from_the_start() -> None:
    told = math.nan
    for step in range(1, 41):
        told = smoothed(told, float(step), step)
    assert told == pytest.approx(20.5)
    for step in range(41, 400):
        told = smoothed(told, 1.0, step)
    assert told == pytest.approx(1.0, abs=0.02)


# -- runs ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted run of two epochs, dropout included."""
    out = tmp_path_factory.mktemp("run")
    finetune(tiny_checkpoint, out, make_options(), report=lambda line: None)
    return out


def test_the_loss_falls(run: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    losses: list[float] = []
    options = make_options(epochs=4.0, dropout=0.0)
    finetune(
        tiny_checkpoint,
        tmp_path,
        options,
        report=lambda line: None,
        after_step=lambda position: losses.append(position.loss),
    )
    assert losses[-1] < losses[0] - 0.3


@pytest.mark.parametrize("epochs", [1.0, 0.2])
def test_a_run_of_one_step_learns(
    epochs: float, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    options = make_options(
        sources=(Source(DEMO, limit=5),), epochs=epochs, batch_tokens=100_000
    )
    done = finetune(tiny_checkpoint, tmp_path, options, report=lambda line: None)
    assert done.step == 1
    before, after = weights(tiny_checkpoint), weights(tmp_path)
    assert any(not torch.equal(after[name], before[name]) for name in before)


def test_a_run_that_was_broken_off_ends_with_the_same_weights(
    run: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    def stop(position: Position) -> None:
        if position.step in (3, 11):
            raise KeyboardInterrupt

    lines: list[str] = []
    for broken in (True, True, False):
        try:
            finetune(
                tiny_checkpoint,
                tmp_path,
                make_options(),
                save_minutes=0.0,  # after every step
                report=lines.append,
                after_step=stop,
            )
        except KeyboardInterrupt:
            assert broken
    assert "going on at step 3" in lines
    assert "going on at step 11" in lines
    whole = weights(run)
    for name, tensor in weights(tmp_path).items():
        assert torch.equal(tensor, whole[name]), name


def test_the_mean_is_that_of_the_weights_after_each_of_the_last_steps(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Broken off in the middle of them, too."""
    options = make_options(end_factor=0.5, swa=0.5)  # of two epochs
    last: dict[int, dict[str, torch.Tensor]] = {}

    def watch(position: Position) -> None:
        state = torch.load(tmp_path / "state.pt", weights_only=True)
        if position.epoch == 1:
            last[position.step] = state["network"]
        if len(last) == 3 and position.step not in broken:
            broken.add(position.step)
            raise KeyboardInterrupt

    broken: set[int] = set()
    for _ in range(2):
        with contextlib.suppress(KeyboardInterrupt):
            finetune(
                tiny_checkpoint,
                tmp_path,
                options,
                save_minutes=0.0,
                report=lambda line: None,
                after_step=watch,
            )
    assert len(broken) == 1
    assert len(last) > 3
    for name, tensor in load_network(tmp_path).state_dict().items():
        mean = torch.stack([one[name] for one in last.values()]).mean(0)
        torch.testing.assert_close(tensor, mean)
        assert not torch.equal(tensor, last[max(last)][name])


def test_a_finished_run_is_not_run_again(run: Path, tiny_checkpoint: Path) -> None:
    before = weights(run)
    done = finetune(tiny_checkpoint, run, make_options(), report=lambda line: None)
    assert done.epoch == 2
    assert all(torch.equal(weights(run)[name], before[name]) for name in before)


def test_a_folder_with_another_run_is_refused(run: Path, tiny_checkpoint: Path) -> None:
    with pytest.raises(SystemExit, match="other options"):
        finetune(tiny_checkpoint, run, make_options(seed=4), report=lambda line: None)


def test_a_run_does_not_go_on_with_other_questions_in_a_file_of_the_same_name(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    file, out = Path(shutil.copy(DEMO, tmp_path / "train.json")), tmp_path / "out"
    options = make_options(sources=(Source(file, limit=10),), epochs=1.0)
    finetune(tiny_checkpoint, out, options, report=lambda line: None)
    content = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({"data": content["data"][1:]}), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"^train\.json: changed since the run"):
        finetune(tiny_checkpoint, out, options, report=lambda line: None)


@pytest.mark.parametrize("other", ["start", "teacher"])
def test_a_run_does_not_go_on_with_another_network_of_the_same_name(
    other: str, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    folders = {name: tmp_path / name for name in ("start", "teacher")}
    for folder in folders.values():
        shutil.copytree(tiny_checkpoint, folder)
    options = make_options(epochs=1.0, teaching=Teaching(teachers=("teacher",)))

    def run() -> None:
        finetune(
            folders["start"],
            tmp_path / "out",
            replace(options, sources=(Source(DEMO, limit=10),)),
            teachers=[folders["teacher"]],
            report=lambda line: None,
        )

    run()
    save_network(Network(TINY), folders[other])
    with pytest.raises(SystemExit, match=f"^the network of {other}: changed"):
        run()


def test_a_run_of_an_earlier_version_goes_on(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Its state does not tell what it read."""
    options = make_options(sources=(Source(DEMO, limit=10),))
    lines: list[str] = []

    def stop(position: Position) -> None:
        raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        finetune(tiny_checkpoint, tmp_path, options, save_minutes=0.0, after_step=stop)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    del state["inputs"]
    torch.save(state, tmp_path / "state.pt")
    finetune(tiny_checkpoint, tmp_path, options, report=lines.append)
    assert "going on at step 1" in lines


@pytest.mark.parametrize("state", [[1], {"options": None, "position": 3}])
def test_a_state_of_something_else_is_named(
    state: object, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    torch.save(state, tmp_path / "state.pt")
    with pytest.raises((CheckpointError, SystemExit), match=str(tmp_path)):
        finetune(tiny_checkpoint, tmp_path, make_options(), report=lambda line: None)


def test_the_run_tells_beside_the_checkpoint_what_it_did(run: Path) -> None:
    text = (run / "train.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert str(DEMO.parent) not in text
    assert record["options"]["sources"][0]["path"] == "questions.json"
    assert record["options"]["seed"] == 3
    assert record["step"] > 4
    assert record["tokens"] > 1000
    assert [count["epoch"] for count in record["counts"]] == [0, 1]
    assert (run / "vocab.txt").exists()
    load_network(run)


def test_a_time_budget_ends_the_run_with_the_rate_decayed(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    arguments = [str(tiny_checkpoint), str(tmp_path), "--data", f"{DEMO},limit=40"]
    main([*arguments, "--minutes", "0.005", "--batch-tokens", "1024"])
    record = json.loads((tmp_path / "train.json").read_text(encoding="utf-8"))
    assert record["seconds"] >= 0.3
    assert record["options"]["minutes"] == 0.005
    assert record["step"] >= 1


def test_bfloat16_learns_as_float32_does_and_keeps_float32_weights(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    losses, moved = [], []
    start = weights(tiny_checkpoint)
    for precision in ("float32", "bfloat16"):
        out = tmp_path / precision
        arguments = [str(tiny_checkpoint), str(out), "--data", f"{DEMO},limit=40"]
        main([*arguments, "--precision", precision, "--dropout", "0"])
        record = json.loads((out / "train.json").read_text(encoding="utf-8"))
        assert record["options"]["precision"] == precision
        losses.append(record["loss"])
        now = weights(out)
        assert {tensor.dtype for tensor in now.values()} == {torch.float32}
        moved.append(torch.cat([(now[n] - start[n]).flatten() for n in start]))
    assert losses[1] == pytest.approx(losses[0], rel=0.01)
    assert losses[1] != losses[0]
    one, other = moved
    assert functional.cosine_similarity(one, other, dim=0) > 0.9


def test_a_loss_that_is_not_finite_stops_the_run(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    options = make_options(learning_rate=math.inf, warm_up=0.01)
    with pytest.raises(FloatingPointError, match="the loss is"):
        finetune(tiny_checkpoint, tmp_path, options, report=lambda line: None)


def test_the_vocabulary_may_be_that_of_the_folder_gone_on_with(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    command = [str(tiny_checkpoint), str(tmp_path), "--data", f"{DEMO},limit=5"]
    main(command)
    before = (tmp_path / "vocab.txt").read_bytes()
    main([*command, "--vocabulary", str(tmp_path)])
    assert (tmp_path / "vocab.txt").read_bytes() == before


def test_a_teacher_with_other_words_is_refused(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Though it has as many."""
    teacher = Path(shutil.copytree(tiny_checkpoint, tmp_path / "teacher"))
    words = (SHIPPED / "vocab.txt").read_text(encoding="utf-8").splitlines()
    words[-1], words[-2] = words[-2], words[-1]
    (teacher / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    options = make_options(teaching=Teaching(teachers=("teacher",)))
    with pytest.raises(CheckpointError, match=r"teacher/vocab\.txt is not that of"):
        finetune(tiny_checkpoint, tmp_path / "out", options, teachers=[teacher])


def test_biases_and_norms_do_not_decay(tokenizer: Tokenizer) -> None:
    network = Network(TINY)
    options = make_options(weight_decay=0.3)
    trainer = Trainer(options, network, tokenizer, torch.device("cpu"))
    decayed = {
        id(parameter)
        for group in trainer.optimizer.param_groups
        for parameter in group["params"]
        if group["weight_decay"] == 0.3
    }
    for name, parameter in network.named_parameters():
        is_plain = name.endswith("bias") or "norm" in name
        assert (id(parameter) in decayed) != is_plain, name


def test_gradients_are_clipped(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """To so little here that not even AdamW, which divides by it, makes steps of it."""
    moved = []
    for clip in (1.0, 1e-12):
        out = tmp_path / str(clip)
        options = make_options(
            sources=(Source(DEMO, limit=10),), epochs=1.0, clip=clip, weight_decay=0.0
        )
        finetune(tiny_checkpoint, out, options, report=lambda line: None)
        before, after = weights(tiny_checkpoint), weights(out)
        moved.append(max(float((after[n] - before[n]).abs().max()) for n in before))
    assert moved[1] < 0.01 * moved[0]


def test_data_without_a_question_is_refused(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    options = make_options(sources=(Source(DEMO, limit=0),))
    with pytest.raises(SystemExit, match="no question"):
        finetune(tiny_checkpoint, tmp_path, options, report=lambda line: None)


@pytest.mark.parametrize(
    "option",
    [
        ["--negatives", "1"],
        ["--negatives", "-0.1"],
        ["--dropout", "1"],
        ["--dropout", "nan"],
        ["--crops", "1.5"],
        ["--warm-up", "2"],
        ["--end-factor", "-1"],
        ["--swa", "1.1"],
        ["--crops", "much"],
        ["--masks", "1"],
        ["--mask-runs", "0.5"],
        ["--mask-runs", "inf"],
        ["--rivals", "0"],
        ["--shared-norm", "-1"],
        ["--mlm", "-1"],
        ["--mlm", "inf"],
        ["--precision", "float16"],
    ],
)
def test_a_share_that_is_none_is_refused(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        arguments().parse_args(["in", "out", "--data", "a.json", *option])
    assert option[0] in capsys.readouterr().err
