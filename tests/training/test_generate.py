"""Questions to plain text: which stay, and a run that was broken off."""

import itertools
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from answers.reader.decoding import best_spans as serving_best_spans
from answers.reader.tokens import Tokenizer
from answers.squad import examples, load
from answers.training.batches import Batch
from answers.training.cloze import name_spans, phrase_spans
from answers.training.features import SHIPPED, Encoder, base_config, features
from answers.training.generate import (
    LONGEST_PASSAGE,
    Options,
    Writer,
    answers_in,
    best_spans,
    generate,
    main,
    overlap,
)
from answers.training.masking import WordHead
from answers.training.network import CheckpointError, Network, save_network

from .conftest import DEMO, TINY

TEXT = (
    "Marie Curie was born in Warsaw in 1867 and moved to Paris, where she studied "
    "physics. In 1903 she shared the Nobel Prize with Pierre Curie."
)


@pytest.fixture(scope="module")
def text_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's passages, three an article, and one that is too long to ask about."""
    passages = list(dict.fromkeys(one.passage for one in examples(load(DEMO))))[:12]
    lines = [
        f"{f'# Title {n}{chr(10)}' if n % 3 == 0 else ''}{' '.join(text.split())}"
        for n, text in enumerate(passages)
    ]
    path = tmp_path_factory.mktemp("text") / "some.txt"
    too_long = "Anna met Bertha in Rome. " * (LONGEST_PASSAGE // 20)
    path.write_text("\n".join([*lines, too_long]) + "\n", encoding="utf-8")
    return path


def sentence_around(
    network: Network,
    head: WordHead,
    batch: Batch,
    tokenizer: Tokenizer,
    **drawing: object,
) -> list[list[int]]:
    """Stands in for what a network writes: the words around the answer, and "what"."""
    (what,) = tokenizer.encode("what").ids.tolist()
    rows = zip(batch.input_ids, batch.start, batch.end, strict=True)
    return [
        [
            *ids[max(2, start - 8) : start].tolist(),
            what,
            *ids[end + 1 : end + 6].tolist(),
        ]
        for ids, start, end in rows
    ]


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that asks nonsense."""
    torch.manual_seed(6)
    folder = tmp_path_factory.mktemp("asker")
    save_network(Network(TINY), folder, others=WordHead(TINY).tensors())
    return folder


@pytest.fixture
def writer(asker: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """The shipped model reads."""
    monkeypatch.setattr("answers.training.generate.write_questions", sentence_around)
    options = Options(per_passage=3, agreement=0.5, seed=4)
    return Writer(asker, SHIPPED, options, torch.device("cpu"))


def test_answers_are_names_numbers_and_phrases_beside_each_other() -> None:
    options = Options(per_passage=4, phrases=0.5)
    known = {*name_spans(TEXT), *phrase_spans(TEXT)}
    kinds = set()
    for seed in range(40):
        found = answers_in(TEXT, options, random.Random(seed))
        assert found
        assert len(found) <= 4
        assert set(found) <= known
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))
        kinds |= {TEXT[start:end][0].isdigit() for start, end in found}
    assert kinds == {True, False}
    only_names = answers_in(TEXT, Options(phrases=0.0), random.Random(1))
    assert set(only_names) <= set(name_spans(TEXT))
    assert answers_in("no.", options, random.Random(0)) == []


def test_a_word_that_begins_a_sentence_need_not_be_a_name() -> None:
    text = "Cattle graze there. Marie Curie saw them. Then Warsaw did."
    options = Options(per_passage=9, phrases=0.0)
    found = {
        text[start:end]
        for seed in range(20)
        for start, end in answers_in(text, options, random.Random(seed))
    }
    assert found == {"Marie Curie", "Then Warsaw"}


def test_the_best_span_is_that_of_serving(tokenizer: Tokenizer) -> None:
    encoder, config = Encoder(tokenizer), base_config()
    asked = examples(load(DEMO))[:24]
    windows = [one for item in asked for one in features(item, encoder, config)[:1]]
    batch = Batch.of(windows, tokenizer)
    random_logits = torch.Generator().manual_seed(1)
    shape = batch.input_ids.shape
    start, end = (torch.randn(shape, generator=random_logits) for _ in range(2))
    start[::3, 0] = 9.0  # these say that there is no answer
    firsts, lasts = best_spans(start, end, batch, config.max_answer_tokens)
    for row, one in enumerate(windows):
        size = len(one.window.passage_ids)
        offsets = np.stack([np.arange(size), np.arange(size) + 1], 1)
        reading = serving_best_spans(
            one.window, start[row].numpy(), end[row].numpy(), offsets, config
        )
        best, shift = reading.spans[0], one.window.answer_start
        wanted = [best.first + shift, best.last + shift]
        if reading.null_score >= best.logit_sum:
            wanted = [0, 0]
        assert [int(firsts[row]), int(lasts[row])] == wanted
    assert (firsts == 0).sum() >= 8


def test_overlap_is_f1_in_tokens(tokenizer: Tokenizer, encoder: Encoder) -> None:
    example = next(one for one in examples(load(DEMO)) if one.is_answerable)
    (window,) = features(example, encoder, base_config())
    batch = Batch.of([window], tokenizer)
    start, end = batch.start, batch.end
    assert overlap(start, end, batch).tolist() == [1.0]
    assert overlap(end + 1, end + 3, batch).tolist() == [0.0]
    size = int(end - start) + 1
    wanted = 2 * size / (2 * size + 1)
    assert overlap(start, end + 1, batch).tolist() == pytest.approx([wanted])


def test_every_answer_stands_in_its_passage(
    writer: Writer, text_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "asked.json"
    lines: list[str] = []
    generate(writer, out, [text_file], questions=1000, report=lines.append)
    found = examples(load(out))
    assert len(found) > 5
    passages = text_file.read_text(encoding="utf-8").split("\n")
    for one in found:
        assert one.question
        assert one.passage in passages
        assert len(one.passage) <= LONGEST_PASSAGE
        assert one.golds[0].stands_in(one.passage)
    assert len({one.id for one in found}) == len(found)
    assert f"{len(found)} questions" in lines[-1]
    assert not (tmp_path / "asked.json.progress").exists()


def test_only_what_the_reader_agrees_to_stays(
    writer: Writer, asker: Path, text_file: Path, tmp_path: Path
) -> None:
    strict = Writer(
        asker, SHIPPED, Options(per_passage=3, agreement=1.0, seed=4), writer.device
    )
    some, few = tmp_path / "some.json", tmp_path / "few.json"
    generate(writer, some, [text_file], questions=1000, report=lambda line: None)
    generate(strict, few, [text_file], questions=1000, report=lambda line: None)
    kept = {one.id for one in examples(load(few))}
    assert kept < {one.id for one in examples(load(some))}


@pytest.mark.parametrize(("longer", "found"), [(0, []), (1, ["Pierre"])])
def test_a_line_s_end_is_no_part_of_an_answer(
    asker: Path, monkeypatch: pytest.MonkeyPatch, longer: int, found: list[str]
) -> None:
    monkeypatch.setattr("answers.training.generate.write_questions", sentence_around)
    writer = Writer(asker, SHIPPED, Options(agreement=0.0), torch.device("cpu"))
    (mark,) = writer.tokenizer.encode(";").ids.tolist()

    def at_the_mark(
        start: torch.Tensor, end: torch.Tensor, batch: Batch, longest: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        is_mark = (batch.input_ids == mark) & (batch.token_type_ids == 1)
        first = is_mark.long().argmax(1)
        return first, first + longer

    monkeypatch.setattr("answers.training.generate.best_spans", at_the_mark)
    written = writer.ask_about(["We met Marie Curie\nPierre Curie was late"], "1")
    assert {gold.text for one in written for gold in one.golds} == set(found)


def test_a_run_that_was_broken_off_goes_on(
    writer: Writer,
    text_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("answers.training.generate.TOGETHER", 1)
    whole, broken = tmp_path / "whole.json", tmp_path / "broken.json"
    generate(writer, whole, [text_file], questions=1000, report=lambda line: None)

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            generate(writer, broken, [text_file], questions=1000, report=stop)
    part = tmp_path / "broken.json.progress"
    lines = part.read_text(encoding="utf-8").split("\n")
    assert len(lines) == 4  # the options, two chunks and the end of the line
    # The power went while the second chunk was written.
    part.write_text("\n".join([*lines[:2], lines[2][:40]]), encoding="utf-8")
    generate(writer, broken, [text_file], questions=1000, report=lambda line: None)
    assert broken.read_bytes() == whole.read_bytes()


def test_others_do_not_go_on_with_it(
    writer: Writer,
    text_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Other options, another network, other texts: the file would hold both."""
    monkeypatch.setattr("answers.training.generate.TOGETHER", 1)
    out = tmp_path / "asked.json"

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(writer, out, [text_file], questions=99, report=stop)
    part = (tmp_path / "asked.json.progress").read_bytes()
    for begun, files in (
        ({"options": Options(seed=5)}, [text_file]),
        ({"names": {"asker": "other", "reader": SHIPPED.name}}, [text_file]),
        ({}, [text_file, text_file]),
    ):
        with monkeypatch.context() as patch:
            for name, value in begun.items():
                patch.setattr(writer, name, value)
            with pytest.raises(SystemExit, match="begun with others"):
                generate(writer, out, files, questions=99, report=stop)
    assert (tmp_path / "asked.json.progress").read_bytes() == part


@pytest.mark.usefixtures("writer")
def test_the_command_stops_at_the_number_that_is_wanted(
    asker: Path,
    text_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("answers.training.generate.TOGETHER", 1)
    out = tmp_path / "asked.json"
    main(
        [
            *(str(asker), str(out), str(text_file), "--reader", str(SHIPPED)),
            *("--questions", "3", "--seed", "4", "--per-passage", "3"),
        ]
    )
    assert "asked.json: " in capsys.readouterr().out
    assert 3 <= len(examples(load(out))) < 10


def test_questions_that_never_end_are_not_written(
    asker: Path, text_file: Path, tmp_path: Path
) -> None:
    writer = Writer(asker, SHIPPED, Options(nucleus=0.0), torch.device("cpu"))
    out = tmp_path / "asked.json"
    generate(writer, out, [text_file], questions=9, report=lambda line: None)
    assert examples(load(out)) == []


def test_who_has_not_learnt_to_ask_is_not_asked() -> None:
    with pytest.raises(CheckpointError, match="not learnt to ask"):
        Writer(SHIPPED, SHIPPED, Options(), torch.device("cpu"))
