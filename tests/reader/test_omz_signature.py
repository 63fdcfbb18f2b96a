"""Open Model Zoo's BERT-small: the same signature, packed and read as the real one."""

from pathlib import Path

import openvino
import pytest

from answers.fetching import fetch
from answers.reader import Reader, ReaderConfig
from answers.reader.engine import OpenVINOEngine
from tests.fetched import OMZ, entry_of

from .omz_model import INPUTS, make_omz, save_omz

TEA = "Tea was first drunk in China. Monks carried leaves to Japan much later."
BREAD = "Bread is older than writing. Egyptian bakers used yeast."
LONG = "of the " * 400


@pytest.fixture(scope="module", params=["i64", "i32"])
def folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The model folder that `fetch_model --from` makes of such a download."""
    brought = save_omz(tmp_path_factory.mktemp("omz"), type_of_ids=request.param)
    weights = tmp_path_factory.mktemp("weights")
    return fetch(entry_of(brought), weights, source=brought)


def test_the_signature_is_that_of_open_model_zoo() -> None:
    model = make_omz()
    shape = openvino.PartialShape([1, 384])
    assert {port.any_name for port in model.inputs} == set(INPUTS)
    assert {port.any_name for port in model.outputs} == {"output_s", "output_e"}
    for port in [*model.inputs, *model.outputs]:
        assert port.partial_shape == shape


def test_it_is_loaded_as_static_with_384_tokens(folder: Path) -> None:
    config = ReaderConfig.load(folder)
    engine = OpenVINOEngine.load(folder, config, vocabulary_size=30522)
    assert engine.fixed_length == 384
    assert config.name == OMZ
    assert config.outputs == {"start_logits": "output_s", "end_logits": "output_e"}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where was tea first drunk?", "China"),
        ("Where did monks carry leaves?", "carried"),
        ("Who used yeast?", "bakers"),
    ],
)
def test_quotes_are_exact(folder: Path, question: str, answer: str) -> None:
    texts = [BREAD, TEA, LONG + TEA]
    reader = Reader.load(folder, threads=1)
    try:
        ranking = reader.read(question, texts)
    finally:
        reader.close()
    assert answer in ranking.answers[0].text
    for span in ranking.spans:
        assert texts[span.passage][span.start : span.end] == span.text


def test_a_passage_of_many_windows_is_read_to_its_end(folder: Path) -> None:
    reader = Reader.load(folder, threads=1)
    try:
        short, long = (
            reader.read("Where was tea first drunk?", [text]).answers[0]
            for text in (TEA, LONG + TEA)
        )
    finally:
        reader.close()
    assert long.text == short.text == "China"
    assert long.margin == pytest.approx(short.margin)
    assert long.window > 0


def test_no_score_claims_what_nobody_has_measured(folder: Path) -> None:
    config = ReaderConfig.load(folder)
    assert config.metrics["calibrated"] is False
    for margin in (-20.0, 0.0, 20.0):
        assert config.calibration.score(margin) == pytest.approx(0.5, abs=0.06)
