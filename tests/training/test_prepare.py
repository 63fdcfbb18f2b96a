"""Files to train on: development articles apart, questions from plain text."""

import argparse
import json
import lzma
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from answers.squad import (
    Article,
    Example,
    Paragraph,
    SquadError,
    examples,
    load,
)
from answers.training import pretrain
from answers.training.cloze import articles, cloze, cloze_article
from answers.training.network import CheckpointError, load_network
from answers.training.prepare import main, split

from .conftest import DEMO

PARAGRAPHS = [
    "Charles Darwin sailed on the Beagle and came back to England in 1836. He wrote.",
    "The letters of the naturalist to his sister in 1836 are kept in Cambridge.",
    "Alfred Wallace sent his essay to Darwin from the islands of Malaya that year.",
    "The university of the town keeps what Alfred Wallace had collected and drawn.",
]
TEXT = "# Voyages\n" + "\n".join(PARAGRAPHS) + "\n\n# Empty\n\n# Alone\nNothing.\n"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "wiki.txt.xz"
    path.write_bytes(lzma.compress(TEXT.encode()))
    return path


# -- plain text ----------------------------------------------------------------------


def test_articles_are_read_from_compressed_and_plain_files(
    text: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain.txt"
    plain.write_text(TEXT, encoding="utf-8")
    assert list(articles(text)) == list(articles(plain))
    assert list(articles(text)) == [("Voyages", PARAGRAPHS), ("Alone", ["Nothing."])]


def test_every_question_is_a_sentence_whose_span_stands_in_another_paragraph(
    text: Path,
) -> None:
    made = cloze([text], questions=100)
    asked = examples(made)
    assert {example.golds[0].text for example in asked} == {"1836", "Alfred Wallace"}
    for example in asked:
        (gold,) = example.golds
        assert gold.stands_in(example.passage)
        assert example.passage.count(gold.text) == 1
        assert gold.text not in example.question
        assert example.question.endswith("?")
        assert example.question not in example.passage


def test_a_year_is_asked_for_by_when_and_a_name_by_what(text: Path) -> None:
    asked = {
        one.golds[0].text: one.question for one in examples(cloze([text], questions=9))
    }
    assert " when" in asked["1836"]
    assert "what" in asked["Alfred Wallace"]


def test_a_span_that_stands_twice_in_every_passage_makes_no_question() -> None:
    texts = [
        "In Rome they said that Rome was not built in a day, or so I heard it.",
        "All the roads of the empire lead to Rome, and away from Rome they go.",
    ]
    assert examples([cloze_article("x", texts, random.Random(0))]) == []


def test_a_part_of_another_number_is_no_span() -> None:
    texts = [
        "The tower was built in the 16th century and has 10-20 windows on each side.",
        "On the 16th of May some 10-20 people came to look at the tower once more.",
    ]
    assert examples([cloze_article("x", texts, random.Random(0))]) == []


PHRASES = [
    "The inner membrane folds itself, which gives the cell much room to make energy.",
    "Where an inner membrane is torn the cells of plants and animals soon must die.",
    "The inner, membrane-bound part of the cells of plants is green in summer light.",
]


def test_phrases_are_asked_for_where_that_is_wanted() -> None:
    rng = random.Random(0)
    assert examples([cloze_article("x", PHRASES, rng)]) == []
    asked = {
        one.golds[0].text: one
        for one in examples([cloze_article("x", PHRASES, rng, phrases=True)])
    }
    # No function word at either end, and nothing but spaces inside.
    assert set(asked) == {"inner membrane", "cells of plants"}
    for text, example in asked.items():
        assert example.golds[0].stands_in(example.passage)
        assert text not in example.question
        assert "what" in example.question.lower()


def test_so_many_of_each_kind_are_drawn(text: Path) -> None:
    both = examples(cloze([text], questions=9))
    assert len(both) == 2
    assert len(examples(cloze([text], questions=9, most=1))) == 1
    texts = [*PARAGRAPHS, *PHRASES]
    rng = random.Random(0)
    article = cloze_article("x", texts, rng, most=1, phrases=True)
    assert len(examples([article])) == 2


def test_the_same_seed_makes_the_same_questions(text: Path) -> None:
    assert cloze([text], questions=9, seed=4) == cloze([text], questions=9, seed=4)


def test_articles_of_one_title_make_a_file_that_can_be_read(
    text: Path, tmp_path: Path
) -> None:
    twice, out = tmp_path / "folder" / text.name, tmp_path / "out.json"
    twice.parent.mkdir()
    twice.write_bytes(lzma.compress((TEXT + TEXT).encode()))
    main(["cloze", str(out), str(text), str(twice)])
    assert len(examples(load(out))) == 3 * len(examples(cloze([text], questions=9)))


def test_it_stops_when_there_are_enough(text: Path) -> None:
    assert len(examples(cloze([text, text], questions=1))) < len(
        examples(cloze([text, text], questions=100))
    )


# -- files ---------------------------------------------------------------------------


def test_a_split_keeps_articles_whole_and_loses_nothing() -> None:
    everything = load(DEMO)
    train, dev = split(everything, share=0.2, seed=1)
    assert sorted([*train, *dev], key=everything.index) == list(everything)
    held = len(examples(dev)) / len(examples(everything))
    assert 0.15 < held < 0.3
    assert split(everything, share=0.2, seed=1) == (train, dev)
    assert split(everything, share=0.2, seed=2) != (train, dev)
    assert split(everything, share=1.0)[0]


def articles_of(*sizes: int, titles: Sequence[str] = ()) -> list[Article]:
    """With so many questions each."""
    named = titles or [f"Article {number}" for number in range(len(sizes))]
    return [
        Article(
            title,
            (
                Paragraph(
                    f"Text {number}",
                    tuple(
                        Example(f"{number}-{place}", "Who?", f"Text {number}", ())
                        for place in range(size)
                    ),
                ),
            ),
        )
        for number, (title, size) in enumerate(zip(named, sizes, strict=True))
    ]


@pytest.mark.parametrize("seed", range(4))
def test_a_split_comes_near_to_its_share(seed: int) -> None:
    _, dev = split(articles_of(10, 90), share=0.1, seed=seed)
    assert len(examples(dev)) == 10
    _, dev = split(articles_of(50, 60), share=0.1, seed=seed)  # no less can be had
    assert len(examples(dev)) == 50
    _, dev = split(articles_of(10, 10, 0), share=1.0, seed=seed)
    assert len(examples(dev)) == 20
    assert split(articles_of(10, 20), share=0.0, seed=seed)[1] == []


@pytest.mark.parametrize("seed", range(4))
def test_articles_of_one_title_stay_together(seed: int) -> None:
    made = articles_of(10, 10, 10, titles=["Bees", "Tea", "Bees"])
    parts = split(made, share=0.4, seed=seed)
    assert [len({one.title for one in part}) for part in parts] == [1, 1]
    with pytest.raises(SquadError, match="subjects"):
        split(articles_of(10, 10, titles=["Bees", "Bees"]), share=0.5)
    untitled = articles_of(10, 10, titles=["", ""])
    assert [len(part) for part in split(untitled, share=0.5, seed=seed)] == [1, 1]


def test_one_article_is_not_split() -> None:
    with pytest.raises(SquadError, match="subjects"):
        split(load(DEMO)[:1], share=0.5)


def test_the_commands_write_squad_files(
    text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, dev, out = (tmp_path / name for name in ("t.json", "d.json", "c.json"))
    main(["split", str(DEMO), str(train), str(dev), "--share", "0.1"])
    assert len(load(train)) + len(load(dev)) == len(load(DEMO))
    main(["cloze", str(out), str(text), "--questions", "5"])
    assert json.loads(out.read_text(encoding="utf-8"))["version"] == "v2.0"
    capsys.readouterr()
    main(["count", str(dev), str(out)])
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("d.json: ")
    assert f"{len(examples(load(out)))} questions" in told[1]
    assert not list(tmp_path.glob("*.part"))


def test_pretraining_learns_from_plain_text(
    tiny_checkpoint: Path, text: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    pretrain.main(
        [
            *(str(tiny_checkpoint), str(out), "--text", str(text)),
            *("--questions", "20", "--epochs", "2", "--negatives", "0.2"),
        ]
    )
    record = json.loads((out / "train.json").read_text(encoding="utf-8"))
    assert record["counts"][0]["file"] == "cloze.json"
    assert record["options"]["masks"] == 0.15
    assert record["options"]["mlm"] == 1
    assert record["step"] >= 1
    load_network(out)


def pretraining(text: Path, out: Path, *more: str) -> argparse.Namespace:
    start = ["start", str(out), "--text", str(text), "--questions", "20"]
    return pretrain.arguments().parse_args([*start, *more])


@pytest.mark.parametrize(
    "option", [["--questions", "1"], ["--seed", "1"], ["--phrases"], []]
)
def test_questions_of_other_texts_or_options_are_not_pretrained_on(
    option: list[str], text: Path, tmp_path: Path
) -> None:
    made = pretrain.make_questions(pretraining(text, tmp_path / "out"))
    before = made.read_bytes()
    if not option:
        text.write_bytes(lzma.compress(TEXT.replace("1836", "1846").encode()))
    with pytest.raises(CheckpointError, match="made of other texts, or otherwise"):
        pretrain.make_questions(pretraining(text, tmp_path / "out", *option))
    assert made.read_bytes() == before


def test_questions_of_an_earlier_version_are_kept_if_they_can_be_read(
    text: Path, tmp_path: Path
) -> None:
    """They do not tell what they were made of."""
    given = pretraining(text, tmp_path / "out")
    made = pretrain.make_questions(given)
    whole = made.read_bytes()
    (made.parent / "cloze-of.json").unlink()
    made.write_text('{"data": []}', encoding="utf-8")
    pretrain.make_questions(given)
    assert made.read_text(encoding="utf-8") == '{"data": []}'
    made.write_text("no", encoding="utf-8")
    pretrain.make_questions(given)
    assert made.read_bytes() == whole


@pytest.mark.parametrize("option", ["--questions", "--per-article"])
def test_fewer_questions_than_one_are_refused(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["cloze", str(tmp_path / "out.json"), "text.txt", option, "0"])
    assert f"{option}: 0 is below 1" in capsys.readouterr().err
