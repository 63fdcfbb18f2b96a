"""SQuAD files and the official metric."""

import json
from pathlib import Path
from typing import Any

import pytest

from answers.squad import (
    Article,
    Example,
    Gold,
    Paragraph,
    SquadError,
    as_json,
    exact_match_score,
    examples,
    f1_score,
    load,
    metric_max_over_ground_truths,
    normalize_answer,
    parse,
    score,
)

PASSAGE = "The kettle boiled at 1,000 m in the U.S. for 3–4 minutes."


def qa(**changes: Any) -> dict[str, Any]:
    one = {
        "id": "q1",
        "question": "Where?",
        "answers": [{"text": "the U.S.", "answer_start": 32}],
    }
    return {name: value for name, value in (one | changes).items() if value is not ...}


def squad(*qas: dict[str, Any], **paragraph: Any) -> dict[str, Any]:
    one = {"context": PASSAGE, "qas": list(qas)} | paragraph
    return {"version": "1.1", "data": [{"title": "Tea", "paragraphs": [one]}]}


def example(identity: str, *golds: str) -> Example:
    return Example(identity, "?", PASSAGE, tuple(Gold(text, 0) for text in golds))


# -- the metric ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The  Kettle,\n boiled", "kettle boiled"),
        ("U.S.", "us"),
        ("1,000", "1000"),
        ("well-known", "wellknown"),
        ("vitamin A", "vitamin"),
        ("an a the", ""),
        ("Ananas and theatre", "ananas and theatre"),
        ("Café", "café"),
        ("$1–2", "1–2"),
        ("it’s “so”", "it’s “so”"),
        ("«A»", "« »"),
        ("", ""),
    ],
)
def test_answers_are_normalised_as_the_official_script_does(
    text: str, normal: str
) -> None:
    assert normalize_answer(text) == normal


@pytest.mark.parametrize(
    ("prediction", "gold", "exact", "f1"),
    [
        ("the kettle", "Kettle!", 1, 1),
        ("U.S.", "US", 1, 1),
        ("1,000", "1000", 1, 1),
        ("well-known", "well known", 0, 0),
        ("$1–2", "$1-2", 0, 0),  # an en dash is not ASCII punctuation
        ("cafe", "café", 0, 0),
        ("vitamin A", "vitamin", 1, 1),
        ("in 1858", "1858", 0, 2 / 3),
        ("a b b", "b b c", 0, 0.8),  # words count as often as they occur
        ("dark green tea", "green tea", 0, 0.8),
        ("日本", "日本国", 0, 0),
        ("the", "the", 1, 0),  # nothing is left: exact, and yet no F1
        ("", "A.", 1, 0),
        ("kettle", "the", 0, 0),
    ],
)
def test_exact_match_and_f1_have_the_official_values(
    prediction: str, gold: str, exact: float, f1: float
) -> None:
    assert exact_match_score(prediction, gold) == exact
    assert f1_score(prediction, gold) == pytest.approx(f1)


def test_the_best_gold_counts() -> None:
    golds = ["something else", "green tea", "tea"]
    assert metric_max_over_ground_truths(f1_score, "green tea", golds) == 1
    with pytest.raises(ValueError, match="golds"):
        metric_max_over_ground_truths(f1_score, "tea", [])


def test_a_table_of_predictions_gets_the_scores_counted_by_hand() -> None:
    asked = [
        example("exact", "the U.S.", "America"),
        example("part", "3–4 minutes", "minutes"),  # 2/3 and 1/2: the better counts
        example("wrong", "1,000 m"),
        example("missing", "kettle"),
        example("nothing left", "the"),  # exact match 1, F1 0
        example("none"),
        example("none, but answered"),
        example("none, but missing"),
    ]
    predictions = {
        "exact": "US",
        "part": "4 minutes",
        "wrong": "kettle",
        "nothing left": "a",
        "none": "",
        "none, but answered": "kettle",
        "of another file": "kettle",
    }
    scores = score(predictions, asked)
    assert scores.questions == 8
    assert scores.exact_match == pytest.approx(100 * 3 / 8)
    assert scores.f1 == pytest.approx(100 * (1 + 2 / 3 + 1) / 8)


def test_no_questions_score_nothing() -> None:
    assert score({}, []).questions == 0


# -- files -----------------------------------------------------------------------


def test_a_file_becomes_articles_paragraphs_and_examples(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(squad(qa())), encoding="utf-8")
    (article,) = load(path)
    (paragraph,) = article.paragraphs
    (only,) = paragraph.examples
    assert (article.title, paragraph.text) == ("Tea", PASSAGE)
    assert only == Example("q1", "Where?", PASSAGE, (Gold("the U.S.", 32),), "Tea")
    assert only.golds[0].stands_in(PASSAGE)
    assert only.is_answerable


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(squad(qa())), encoding="utf-8-sig")
    assert len(examples(load(path))) == 1


def test_what_is_written_is_read_again() -> None:
    golds = (Gold("kettle", 4), Gold("boiled", 11))
    articles = (
        Article(
            "Tea",
            (
                Paragraph(
                    PASSAGE,
                    (
                        Example("1", "What?", PASSAGE, golds, "Tea"),
                        Example("2", "Who?", PASSAGE, (), "Tea"),
                    ),
                ),
                Paragraph("No questions here.", ()),
            ),
        ),
    )
    assert parse(json.loads(json.dumps(as_json(articles)))) == articles


@pytest.mark.parametrize(
    "one",
    [
        qa(answers=[], is_impossible=True),
        qa(answers=..., is_impossible=True, plausible_answers=[{"text": "m"}]),
        qa(answers=[]),
    ],
)
def test_a_question_of_version_2_may_have_no_answer(one: dict[str, Any]) -> None:
    (only,) = examples(parse(squad(one)))
    assert not only.is_answerable


def test_a_number_serves_as_an_id_and_an_article_needs_no_title() -> None:
    data = squad(qa(id=7))
    del data["data"][0]["title"]
    (only,) = examples(parse(data))
    assert (only.id, only.title) == ("7", "")


def test_a_gold_that_stands_elsewhere_is_kept_for_scoring_and_known_as_wrong() -> None:
    (only,) = examples(parse(squad(qa(answers=[{"text": "U.S.", "answer_start": 0}]))))
    assert not only.golds[0].stands_in(only.passage)
    assert score({"q1": "U.S."}, [only]).exact_match == 100


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "the file: expected an object, found list"),
        (None, "the file: expected an object, found null"),
        ({"version": "1.1"}, "'data' is missing"),
        ({"data": {}}, "'data' must be a list, found dict"),
        ({"data": ["x"]}, r"data\[0\]: expected an object, found str"),
        ({"data": [{"title": "x"}]}, r"data\[0\]: 'paragraphs' is missing"),
        ({"data": [{"title": 1, "paragraphs": []}]}, "'title' must be text, found int"),
        (squad(qa(), context=...), "'context' must be text"),
        (squad(qas="x"), "'qas' must be a list, found str"),
        (squad(qa(id=...)), r"qas\[0\]: no id"),
        (squad(qa(id="")), "no id"),
        (squad(qa(id=True)), "no id"),
        (squad(qa(), qa()), r"qas\[1\]: the id 'q1' occurs twice"),
        (squad(qa(question=...)), "'question' is missing"),
        (squad(qa(question=None)), "'question' must be text, found null"),
        (squad(qa(question="a\ud83d")), "'question' holds half of a surrogate pair"),
        (squad(qa(answers=...)), r"qas\[0\]: no answers"),
        (squad(qa(answers="x")), "'answers' must be a list, found str"),
        (squad(qa(answers={"text": []})), "'answers' must be a list, found dict"),
        (squad(qa(answers=["x"])), r"answers\[0\]: expected an object"),
        (squad(qa(answers=[{"text": "m"}])), "answer_start is not a whole number"),
        (squad(qa(answers=[{"text": "m", "answer_start": "4"}])), "not a whole number"),
        (squad(qa(answers=[{"text": "m", "answer_start": True}])), "not a whole"),
        (squad(qa(answers=[{"text": "m", "answer_start": -1}])), "-1 is outside"),
        (squad(qa(answers=[{"text": "m", "answer_start": 99}])), "99 is outside"),
        (squad(qa(is_impossible=True)), "is_impossible, and yet it has answers"),
    ],
)
def test_a_malformed_file_is_refused_with_the_place(data: object, message: str) -> None:
    with pytest.raises(SquadError, match=message):
        parse(data)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"squad\.json: not JSON"),
        (b'{"data": [', r"squad\.json: not JSON"),
        (b'{"data": ' + b"1" * 5000 + b"}", r"squad\.json: not JSON"),
        (b"\xff\xfe{}", r"squad\.json: not UTF-8"),
        (b"[" * 100_000, r"squad\.json: nested too deeply"),
        (b'{"data": 1}', r"squad\.json: the file: 'data' must be a list, found int"),
    ],
)
def test_an_unreadable_file_is_refused_by_name(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "squad.json"
    path.write_bytes(content)
    with pytest.raises(SquadError, match=message):
        load(path)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nowhere.json")
