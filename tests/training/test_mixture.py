"""Files, shares and limits become an epoch's windows."""

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from answers.reader import ReaderConfig
from answers.squad import examples, load
from answers.training import prepare
from answers.training.features import Encoder, Labelled, base_config
from answers.training.finetune import arguments
from answers.training.mixture import Mixture, Source, describe, totals

from .conftest import DEMO


def made(
    encoder: Encoder,
    config: ReaderConfig,
    *sources: Source,
    negatives: float = 0.25,
    seed: int = 0,
    crops: float = 0.0,
    joined: float = 0.0,
) -> Mixture:
    return Mixture(
        sources,
        encoder,
        config,
        negatives=negatives,
        seed=seed,
        crops=crops,
        joined=joined,
    )


def key(windows: list[Labelled]) -> list[tuple[object, ...]]:
    return [
        (one.start, one.end, *one.window.question_ids, *one.window.passage_ids)
        for one in windows
    ]


def test_a_source_is_read_from_the_command_line() -> None:
    assert Source.parse("a/b.json") == Source(Path("a/b.json"))
    assert Source.parse("b.json,weight=0.5,limit=9,negatives=0") == Source(
        Path("b.json"), weight=0.5, limit=9, negatives=0.0
    )
    assert Source.parse("b.json,taught=0") == Source(Path("b.json"), taught=False)


@pytest.mark.parametrize(
    "text",
    [
        "b.json,size=3",
        "b.json,weight=-1",
        "b.json,limit=x",
        "b,negatives=1",
        "b,taught=2",
    ],
)
def test_a_source_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Source.parse(text)
    parser = arguments()
    parser.exit_on_error = False
    with pytest.raises(argparse.ArgumentError):
        parser.parse_args(["in", "out", "--data", text])


def test_what_epochs_gave_is_added_up_file_by_file() -> None:
    rows = [
        {"epoch": epoch, "file": name, "questions": epoch + 2, "windows": size}
        for epoch in range(3)
        for name, size in (("a", 10), ("b", 1))
    ]
    added = [
        {"file": "a", "epochs": 3, "questions": 9, "windows": 30},
        {"file": "b", "epochs": 3, "questions": 9, "windows": 3},
    ]
    assert totals(rows) == added
    assert totals(added) == added
    assert totals([]) == []


def test_the_wanted_share_has_no_answer(encoder: Encoder, config: ReaderConfig) -> None:
    windows, (count,) = made(encoder, config, Source(DEMO)).epoch(0)
    without = sum(not one.has_answer for one in windows)
    assert without == pytest.approx(0.25 * len(windows), abs=2)
    assert (count.windows, count.without_answer) == (len(windows), without)
    assert count.file == "questions.json"


def test_a_question_may_have_several_rivals(
    encoder: Encoder, config: ReaderConfig
) -> None:
    mixture = Mixture([Source(DEMO)], encoder, config, negatives=0.5, seed=4, rivals=3)
    windows, _ = mixture.epoch(0)
    answered = {one.question for one in windows if one.has_answer}
    wrong = [one for one in windows if not one.has_answer and one.question in answered]
    # Beside them, a slice of its own passage; and some subjects have fewer passages.
    sizes = Counter(Counter(one.question for one in wrong).values())
    assert max(sizes) <= 4
    assert sizes[3] > 0.6 * sizes.total()
    read = {(one.question, *one.window.passage_ids.tolist()) for one in wrong}
    assert len(read) == len(wrong)


def test_a_file_may_have_its_own_share(encoder: Encoder, config: ReaderConfig) -> None:
    windows, _ = made(encoder, config, Source(DEMO, negatives=0.0)).epoch(0)
    assert all(one.has_answer for one in windows)


def test_the_seed_and_the_epoch_decide_everything(
    encoder: Encoder, config: ReaderConfig
) -> None:
    source = Source(DEMO, weight=0.5)
    first, _ = made(encoder, config, source).epoch(0)
    again, _ = made(encoder, config, source).epoch(0)
    later, _ = made(encoder, config, source).epoch(1)
    other, _ = made(encoder, config, source, seed=1).epoch(0)
    assert key(first) == key(again)
    assert key(first) != key(later)
    assert key(first) != key(other)


def test_the_wanted_share_is_cropped_and_the_epoch_decides_where(
    encoder: Encoder, config: ReaderConfig
) -> None:
    whole, _ = made(encoder, config, Source(DEMO)).epoch(0)
    mixture = made(encoder, config, Source(DEMO), crops=0.5)
    part, _ = mixture.epoch(0)
    pairs = list(zip(whole, part, strict=True))
    shorter = [one for all_, one in pairs if one.window.length < all_.window.length]
    # Now and then a crop is as long as the whole.
    assert 0.4 * len(pairs) < len(shorter) < 0.6 * len(pairs)
    assert key(mixture.epoch(0)[0]) == key(part)
    assert key(mixture.epoch(1)[0]) != key(part)


def test_to_the_wanted_share_comes_a_passage_without_the_answer(
    encoder: Encoder,
) -> None:
    config = base_config()  # with room for a second one
    whole, _ = made(encoder, config, Source(DEMO)).epoch(0)
    mixture = made(encoder, config, Source(DEMO), joined=0.5)
    part, _ = mixture.epoch(0)
    pairs = list(zip(whole, part, strict=True))
    longer = [(old, new) for old, new in pairs if new.strange != (0, 0)]
    assert 0.4 * len(pairs) < len(longer) < 0.6 * len(pairs)
    for old, new in longer:
        assert new.window.length > old.window.length
        assert new.has_answer == old.has_answer
        answer = _answer(old)
        strange = new.window.passage_ids[slice(*_in_slice(new))].tolist()
        runs = range(len(strange) - len(answer) + 1)
        assert not any(strange[at : at + len(answer)] == answer for at in runs)
    assert key(mixture.epoch(0)[0]) == key(part)
    assert key(mixture.epoch(1)[0]) != key(part)


def _answer(labelled: Labelled) -> list[int]:
    """Its tokens; a word that is nowhere for a window without one."""
    if not labelled.has_answer:
        return [-1]
    first = labelled.start - labelled.window.answer_start
    last = labelled.end - labelled.window.answer_start
    answer: list[int] = labelled.window.passage_ids[first : last + 1].tolist()
    return answer


def _in_slice(labelled: Labelled) -> tuple[int, int]:
    begin, end = labelled.strange
    return begin - labelled.window.answer_start, end - labelled.window.answer_start


def test_weight_and_limit_count_questions(
    encoder: Encoder, config: ReaderConfig
) -> None:
    sources = [Source(DEMO, limit=40), Source(DEMO, weight=1.5, limit=40)]
    mixture = made(encoder, config, *sources)
    assert [count.questions for count in mixture.epoch(0)[1]] == [40, 60]


def test_the_limit_keeps_the_same_questions_in_every_epoch(
    encoder: Encoder, config: ReaderConfig
) -> None:
    mixture = made(encoder, config, Source(DEMO, limit=20, negatives=0.0))
    first, later = mixture.epoch(0)[0], mixture.epoch(1)[0]
    assert sorted(key(first)) == sorted(key(later))


def test_the_record_names_no_folder() -> None:
    (described,) = describe([Source(Path("/somewhere/secret/b.json"), limit=3)])
    assert described["path"] == "b.json"
    assert described["limit"] == 3


def test_windows_of_a_file_say_whether_teachers_are_heard(encoder: Encoder) -> None:
    sources = Source(DEMO), Source(DEMO, taught=False)
    windows, _ = made(encoder, base_config(), *sources).epoch(0)
    assert Counter(one.taught for one in windows)[False] == len(windows) / 2


def test_passages_of_a_file_may_be_read_whole_and_asked_their_own_questions(
    encoder: Encoder, tmp_path: Path
) -> None:
    source = Source(write_records(tmp_path), whole=True)
    asked = examples(load(source.path))
    mixture = made(encoder, base_config(), source, joined=1.0, crops=1.0)
    windows, (count,) = mixture.epoch(0)
    assert any(not one.golds for one in asked)
    assert {one.question for one in windows} <= {one.id for one in asked}
    for one in asked:
        # More than one window for a passage that one does not hold.
        parts = [each for each in windows if each.question == one.id]
        assert any(part.has_answer for part in parts) == bool(one.golds)
        assert all(part.strange == (0, 0) for part in parts)
        read = sum(len(part.window.passage_ids) for part in parts)
        assert read >= parts[0].window.total
    assert count.without_answer == sum(not one.has_answer for one in windows)
    windows, _ = made(encoder, base_config(), replace(source, whole=False)).epoch(0)
    assert len(windows) != count.windows


def write_records(folder: Path) -> Path:
    path = folder / "records.json"
    prepare.main(["records", str(path), "--passages", "40"])
    return path
