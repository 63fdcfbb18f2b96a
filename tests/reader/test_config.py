import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from answers.reader import Calibration, ModelError, ReaderConfig

from .makers import make_config


def test_a_saved_config_loads_equal(tmp_path: Path) -> None:
    config = make_config(sha256={"model.bin": "0" * 64})
    config.save(tmp_path)
    assert ReaderConfig.load(tmp_path) == config


def test_a_config_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    make_config().save(tmp_path)
    before = (tmp_path / "reader.json").read_bytes()
    with pytest.raises(UnicodeEncodeError):
        make_config(name="half a \ud83d").save(tmp_path)
    assert (tmp_path / "reader.json").read_bytes() == before


def test_a_config_whose_writing_breaks_off_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_config().save(tmp_path)
    before = (tmp_path / "reader.json").read_bytes()

    def full(path: Path, text: str, encoding: str) -> None:
        path.write_bytes(text.encode()[:9])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        make_config(name="another").save(tmp_path)
    assert (tmp_path / "reader.json").read_bytes() == before


def test_threshold_zero_and_whole_numbers_are_legal(tmp_path: Path) -> None:
    make_config(no_answer_threshold=0).save(tmp_path)
    assert ReaderConfig.load(tmp_path).no_answer_threshold == 0


def test_metrics_are_carried_and_may_be_missing(tmp_path: Path) -> None:
    edit(tmp_path, lambda values: values.pop("metrics"))
    assert ReaderConfig.load(tmp_path).metrics == {}


def test_the_hash_follows_the_files_and_not_their_order() -> None:
    first = make_config(sha256={"a": "1" * 64, "b": "2" * 64})
    same = make_config(sha256={"b": "2" * 64, "a": "1" * 64})
    other = make_config(sha256={"a": "1" * 64, "b": "3" * 64})
    assert first.model_hash == same.model_hash != other.model_hash
    assert len(first.model_hash) == 12


def test_the_score_is_half_at_margin_zero_and_never_overflows() -> None:
    calibration = Calibration(slope=1.0, intercept=0.0)
    assert calibration.score(0.0) == 0.5
    assert calibration.score(1e6) == 1.0
    assert calibration.score(-1e6) == 0.0


def test_a_slope_of_zero_is_refused() -> None:
    with pytest.raises(ModelError, match="slope must be above 0"):
        Calibration(slope=0.0, intercept=1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_length": 0}, "max_length must be a whole number above 0"),
        ({"n_best": True}, "n_best"),
        ({"max_title_tokens": -1}, "max_title_tokens"),
        ({"max_title_tokens": 0.5}, "max_title_tokens"),
        ({"rescore_tokens": -1}, "rescore_tokens"),
        ({"rescore_tokens": True}, "rescore_tokens"),
        ({"similarity_weight": -1.0}, "similarity_weight must be 0 or above"),
        ({"similarity_weight": float("inf")}, "similarity_weight must be finite"),
        ({"similarity_weight": True}, "similarity_weight must be a number"),
        ({"similarity_weight": 2.0}, "needs an output with the role embedding"),
        ({"max_title_tokens": 200}, "lower the stride"),
        ({"stride": 192.0}, "stride"),
        ({"stride": 300}, "share 17 tokens, fewer than max_answer_tokens 30"),
        ({"max_question_tokens": 381}, "lower the stride"),
        ({"no_answer_threshold": 10**400}, "no_answer_threshold must be finite"),
        ({"no_answer_threshold": float("nan")}, "no_answer_threshold must be finite"),
        ({"no_answer_threshold": "0"}, "no_answer_threshold must be a number"),
        ({"lower_case": 1}, "lower_case must be true or false"),
        ({"name": ""}, "name"),
        ({"inputs": {"input_ids": "0"}}, "inputs: missing attention_mask"),
        ({"outputs": {"start_logits": "a", "end_logits": "a"}}, "the same name"),
        ({"outputs": {"start_logits": "a", "end_logits": ""}}, "name a tensor"),
        ({"outputs": []}, "outputs must be an object"),
        ({"sha256": {"../x": "0" * 64}}, "not a plain file name"),
        ({"sha256": {"model.bin": "0"}}, "64 hex digits"),
        ({"sha256": []}, "sha256 must be an object"),
        ({"metrics": []}, "metrics must be an object"),
    ],
)
def test_bad_values_are_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        make_config(**changes)


def test_unknown_and_missing_keys_are_refused_with_the_file(tmp_path: Path) -> None:
    edit(tmp_path, lambda values: values.update(doc_stride=128))
    with pytest.raises(ModelError, match=r"reader\.json.*unknown doc_stride"):
        ReaderConfig.load(tmp_path)
    edit(tmp_path, lambda values: values.pop("stride"))
    with pytest.raises(ModelError, match="missing stride"):
        ReaderConfig.load(tmp_path)
    edit(tmp_path, lambda values: values["calibration"].update(scale=1))
    with pytest.raises(ModelError, match="calibration: unknown scale"):
        ReaderConfig.load(tmp_path)
    edit(tmp_path, lambda values: values["inputs"].update(ids="x"))
    with pytest.raises(ModelError, match="inputs: unknown ids"):
        ReaderConfig.load(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "\udcff", "[" * 100_000], ids=range(6)
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "reader.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ModelError, match=r"reader\.json"):
        ReaderConfig.load(tmp_path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"reader\.json cannot be read"):
        ReaderConfig.load(tmp_path)


def test_a_changed_file_is_found_by_its_digest(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    config = make_config(sha256={"a": empty, "b": empty})
    config.verify(tmp_path, "a")
    (tmp_path / "a").write_bytes(b"version https://git-lfs.github.com/spec/v1")
    with pytest.raises(ModelError, match="a is damaged"):
        config.verify(tmp_path, "a")
    with pytest.raises(ModelError, match="b cannot be read"):
        config.verify(tmp_path, "b")
    with pytest.raises(ModelError, match="no sha256 for c"):
        config.verify(tmp_path, "c")


def test_a_config_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_config().stride = 1  # type: ignore[misc]


def edit(folder: Path, change: Any) -> None:
    make_config().save(folder)
    path = folder / "reader.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
