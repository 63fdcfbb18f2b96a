"""Questions about another name have no answer in the passage."""

import random
from collections import Counter
from pathlib import Path

import pytest

from answers.reader import ReaderConfig
from answers.squad import Article, Example, Gold, Paragraph, examples, load
from answers.training.features import Encoder
from answers.training.mixture import Mixture, Source
from answers.training.prepare import write
from answers.training.renaming import Renamer

TEXT = "In 1836 Poe married Virginia Clemm in Richmond."
BESIDE = "Later he met Sarah Royster again; he died in Baltimore in 1849."


def asked(question: str, text: str = TEXT) -> Example:
    return Example(question, question, text, (Gold(text[:2], 0),))


def article(*questions: str) -> Article:
    own = tuple(asked(question) for question in questions)
    beside = (
        "Did he marry Sarah Royster?",
        "Who died in 1849?",
        "Who died in Baltimore’s taverns?",
        "Did he die near Washington?",
    )
    more = tuple(asked(question, BESIDE) for question in beside)
    return Article("Poe", (Paragraph(TEXT, own), Paragraph(BESIDE, more)))


def others(question: str) -> set[str]:
    """What becomes of the question, whatever is drawn."""
    renamer = Renamer([article(question)])
    made = (renamer.renamed(asked(question), random.Random(n)) for n in range(40))
    return {one.question for one in made if one}


@pytest.mark.parametrize(
    ("question", "made"),
    [
        ("When did he marry Virginia Clemm?", {"When did he marry Sarah Royster?"}),
        ("Who married in 1836?", {"Who married in 1849?"}),
        ("Who died in Richmond's jail?", {"Who died in Baltimore's jail?"}),
        # "near Washington" is no "in Washington".
        ("Where in Richmond?", {"Where in Baltimore?"}),
        # Two names: one is exchanged, the other stays.
        (
            "Did he marry Virginia Clemm in Richmond?",
            {
                "Did he marry Sarah Royster in Richmond?",
                "Did he marry Virginia Clemm in Baltimore?",
            },
        ),
    ],
)
def test_one_name_is_exchanged_for_one_of_its_kind(
    question: str, made: set[str]
) -> None:
    assert others(question) == made


@pytest.mark.parametrize(
    "question",
    [
        "When did he marry?",  # no name
        "When did he marry Maria Clemm?",  # none that the passage has
        "Virginia Clemm married when?",  # nor the first word, which is always large
        "Why did Poe marry?",  # no other question says "did" of a name
    ],
)
def test_what_has_no_name_to_exchange_is_left_out(question: str) -> None:
    assert others(question) == set()


def test_the_new_question_has_no_answer_and_a_name_of_its_own() -> None:
    example = asked("Where did he marry Virginia Clemm?")
    made = Renamer([article()]).renamed(example, random.Random(0))
    assert made is not None
    assert not made.is_answerable
    assert made.passage == example.passage
    assert made.id != example.id  # else it would be a rival of the right window


def test_a_passage_of_no_article_is_left_out() -> None:
    example = asked("Where in Richmond?", text="In Richmond.")
    assert Renamer([article()]).renamed(example, random.Random(0)) is None


MILLERS = {
    "Aldham": "Ada Reed",
    "Bexton": "Bert Cole",
    "Crewby": "Cora Lane",
    "Dunford": "Dirk Moss",
    "Eppleton": "Edda Pike",
}


@pytest.fixture
def mills(tmp_path: Path) -> Path:
    """A file of one article, each of whose questions has a name."""
    paragraphs = []
    for number, (town, miller) in enumerate(MILLERS.items()):
        text = f"The mill of {town} was built in {1780 + number} by {miller}."
        wanted = {
            f"When was the mill of {town} built?": str(1780 + number),
            f"Which mill was built by {miller}?": f"The mill of {town}",
            f"Who built a mill in {1780 + number}?": miller,
        }
        own = (
            Example(question, question, text, (Gold(gold, text.index(gold)),))
            for question, gold in wanted.items()
        )
        paragraphs.append(Paragraph(text, tuple(own)))
    write([Article("Mills", tuple(paragraphs))], tmp_path / "mills.json")
    return tmp_path / "mills.json"


def test_the_passage_never_has_the_new_name(mills: Path) -> None:
    articles = load(mills)
    renamer, rng = Renamer(articles), random.Random(3)
    for example in examples(articles):
        other = renamer.renamed(example, rng)
        assert other is not None
        before, after = example.question.split(), other.question.split()
        assert len(before) == len(after)
        new = [word.strip("?") for word in after if word not in before]
        assert new
        assert not any(word in example.passage for word in new)


def test_the_same_draws_make_the_same_question() -> None:
    renamer, example = Renamer([article()]), asked("Who married in 1836 in Richmond?")
    made = [renamer.renamed(example, random.Random(7)) for _ in range(5)]
    assert len(set(made)) == 1


def epoch(
    mills: Path, encoder: Encoder, config: ReaderConfig, renamed: float
) -> Counter[str]:
    """How many windows of an epoch have an answer, have none, or another name."""
    mixture = Mixture(
        [Source(mills)], encoder, config, negatives=0.5, seed=0, renamed=renamed
    )
    windows, (count,) = mixture.epoch(0)
    assert count.without_answer == sum(not one.has_answer for one in windows)
    return Counter(
        "renamed"
        if one.question.endswith("-renamed")
        else "right"
        if one.has_answer
        else "paired"
        for one in windows
    )


@pytest.mark.parametrize(("share", "wanted"), [(0.0, 0), (0.4, 6), (1.0, 15)])
def test_they_are_the_wanted_share_of_those_without_an_answer(
    mills: Path, encoder: Encoder, config: ReaderConfig, share: float, wanted: int
) -> None:
    found = epoch(mills, encoder, config, share)
    assert found["renamed"] == wanted
    assert found["paired"] == 15 - wanted
    assert found["right"] == 15
