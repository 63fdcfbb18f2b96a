"""Unanswerable questions are on the subject and never answerable by their text."""

import os
import random
import subprocess
import sys

import pytest

from answers.squad import (
    Article,
    Example,
    Gold,
    Paragraph,
    examples,
    load,
    normalize_answer,
)
from answers.training.features import Titled
from answers.training.negatives import Distractors, Pool, holds

from .conftest import DEMO


def paragraph(text: str, question: str = "", *golds: str) -> Paragraph:
    found = tuple(Gold(gold, text.index(gold)) for gold in golds)
    asked = (Example(f"{text} {question}", question, text, found),) if question else ()
    return Paragraph(text, asked)


KETTLE = paragraph("The kettle is copper.", "What is the kettle made of?", "copper")
KETTLES = paragraph("The kettle stands on the stove.")
SPARROW = paragraph("A sparrow eats seeds.", "What does a sparrow eat?", "seeds")
COPPER = paragraph("Copper kettles cost more: a kettle of copper is heavy.")


def draw(articles: list[Article], of: Paragraph, seed: int = 0) -> Titled | None:
    return Distractors(articles).draw(of.examples[0], random.Random(seed))


def test_another_passage_of_the_same_article_is_taken_first() -> None:
    articles = [
        Article("kitchen", (KETTLE, KETTLES)),
        Article("birds", (SPARROW, paragraph("What kettle is made of tin?"))),
    ]
    assert draw(articles, KETTLE) == (KETTLES.text, "kitchen")


def test_an_article_of_one_paragraph_borrows_from_the_file_by_shared_words() -> None:
    articles = [
        Article("kettle", (KETTLE,)),
        Article("stove", (KETTLES,)),
        Article("birds", (SPARROW,)),
    ]
    assert draw(articles, KETTLE) == (KETTLES.text, "stove")


def test_a_file_without_titles_is_searched_as_a_whole() -> None:
    articles = [Article("unknown", (SPARROW, KETTLE, KETTLES, COPPER))]
    assert draw(articles, KETTLE) == (KETTLES.text, "unknown")


def test_a_passage_that_holds_the_answer_is_never_taken() -> None:
    assert draw([Article("kitchen", (KETTLE, COPPER))], KETTLE) is None


def test_nothing_is_drawn_where_nothing_is_on_the_subject() -> None:
    assert draw([Article("all", (KETTLE, paragraph("Far away.")))], KETTLE) is None


def test_rare_words_weigh_more_than_frequent_ones() -> None:
    texts = ["the river flows", "the river ends", "the zeppelin flew"]
    texts += [f"filler {number}" for number in range(30)]
    pool = Pool([Article("", tuple(map(paragraph, texts)))])
    assert pool.nearest("Did a river meet the zeppelin?")[0] == 2


def test_a_text_of_two_articles_is_one_passage_with_the_first_title() -> None:
    pool = Pool([Article("kitchen", (KETTLE,)), Article("copper", (KETTLE, COPPER))])
    assert pool.passages == [(KETTLE.text, "kitchen"), (COPPER.text, "copper")]


def test_a_gold_of_articles_alone_is_in_every_passage() -> None:
    assert holds(" anything ", [normalize_answer("the")])


@pytest.mark.parametrize("seed", range(3))
def test_no_demo_question_gets_a_passage_with_its_answer(seed: int) -> None:
    articles = load(DEMO)
    distractors = Distractors(articles)
    rng = random.Random(seed)
    for example in examples(articles):
        passage = distractors.draw(example, rng)
        if passage is not None:
            assert passage.text != example.passage
            for gold in example.golds:
                assert normalize_answer(gold.text) not in normalize_answer(passage.text)


def test_most_demo_questions_find_a_partner_and_the_seed_decides_which() -> None:
    articles = load(DEMO)
    distractors = Distractors(articles)
    asked = [example for example in examples(articles) if example.is_answerable]

    def partners(seed: int) -> list[Titled | None]:
        rng = random.Random(seed)
        return [distractors.draw(example, rng) for example in asked]

    first = partners(1)
    assert first == partners(1)
    assert first != partners(2)
    assert sum(passage is not None for passage in first) > 0.8 * len(asked)


ORDERS = f"""
from pathlib import Path
from answers.squad import examples, load
from answers.training.negatives import Pool
articles = load(Path({str(DEMO)!r}))
pool = Pool(articles)
print([pool.nearest(example.question) for example in examples(articles)])
"""


def test_every_process_finds_the_same_passages() -> None:
    """Python shuffles sets of strings anew in each: sums of floats must not follow."""
    orders = {
        subprocess.run(
            [sys.executable, "-c", ORDERS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(orders) == 1
