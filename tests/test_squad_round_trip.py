"""Reviewed questions as SQuAD: out, in, and out again with the same bytes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from answers import squad
from answers.models import (
    Library,
    ReviewItem,
    User,
)
from tests.factories import (
    make_answered,
    make_passage,
    make_review,
    make_user,
)
from tests.reviewed_files import (
    accept_all,
    brought,
    cleo,
    examples,
    exported,
    reviewed,
)

__all__ = ["cleo", "reviewed"]  # fixtures
pytestmark = pytest.mark.django_db


ACCEPTING: list[Callable[[bytes, User], Library]] = [
    lambda data, owner: brought(data, owner, as_reviewed=True)[0],
    lambda data, owner: _accepted(data, owner),
]


def _accepted(data: bytes, owner: User) -> Library:
    shelf, _ = brought(data, owner)
    accept_all(shelf, owner)
    return shelf


@pytest.mark.parametrize("bring_back", ACCEPTING, ids=["as reviewed", "accepted"])
@pytest.mark.parametrize("name", ["squad1", "squad2"])
def test_what_comes_back_is_exported_with_the_same_bytes(
    reviewed: Library, name: str, bring_back: Callable[[bytes, User], Library]
) -> None:
    owner = make_user("dora")
    first = exported(reviewed, name)
    back = bring_back(first, owner)
    assert exported(back, name) == first
    assert exported(bring_back(exported(back, name), owner), name) == first
    assert len(examples(first)) == (7 if name == "squad1" else 9)


def test_the_bytes_do_not_depend_on_the_order_in_which_things_were_saved(
    alice: User, rita: User
) -> None:
    questions = [("B?", "Bread", "x"), ("A?", "Tea", "x"), ("C?", "Bread", "y")]
    files = []
    for order in (questions, questions[::-1]):
        shelf = Library.create_for(alice, "Shelf")
        for question, title, text in order:
            passage = make_passage(shelf, f"{text}{title} {text}", title=title)
            answer = make_answered(alice, shelf, passage, question=question, quote=text)
            ReviewItem.objects.filter(answer=answer).update(external_id=question)
            make_review(answer, by=alice)
        files.append(exported(shelf))
    assert files[0] == files[1]
    titles = [article.title for article in squad.parse(json.loads(files[0]))]
    assert titles == ["Bread", "Tea"]


def test_the_layout_is_that_of_as_json(reviewed: Library) -> None:
    for name, version in (("squad1", squad.Version.V1), ("squad2", squad.Version.V2)):
        data = json.loads(exported(reviewed, name))
        assert squad.as_json(squad.parse(data), version) == data
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        assert exported(reviewed, name).decode().replace("\n", "") == text
    assert b"is_impossible" not in exported(reviewed, "squad1")


TEXTS = st.text(
    st.sampled_from('ab 👩‍🔬é"\\\n\t\u2028\u202eשß')
    | st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"),
    min_size=1,
    max_size=30,
).filter(str.strip)
VERDICTS = st.sampled_from(["right", "wrong_span", "wrong", "no_answer", "unclear"])


def spans_in(text: str) -> st.SearchStrategy[tuple[int, int]]:
    places = st.integers(0, len(text) - 1)
    spans = st.tuples(places, places).map(lambda ab: (min(ab), max(ab) + 1))
    return spans.filter(lambda span: bool(text[slice(*span)].strip()))


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, VERDICTS, st.data()), max_size=6))
def test_every_set_of_reviews_comes_back(
    alice: User, drawn: list[tuple[str, str, str, str, Any]]
) -> None:
    shelf = Library.create_for(alice, "Property")
    for title, text, question, verdict, data in drawn:
        passage = shelf.passages.filter(text=text).first() or make_passage(
            shelf, text, title=title
        )
        answer = make_answered(alice, shelf, passage, question=question, quote=text)
        spans = data.draw(st.lists(spans_in(text), max_size=3))
        marked = spans if verdict in {"wrong_span", "wrong"} else ()
        make_review(answer, verdict, by=alice, spans=marked)
    for name in ("squad1", "squad2"):
        data_out = exported(shelf, name)
        back, _ = brought(data_out, alice, as_reviewed=True)
        assert exported(back, name) == data_out
    assert all(
        gold.stands_in(one.passage)
        for one in examples(exported(shelf))
        for gold in one.golds
    )


def test_files_are_loaded_from_the_disk_as_well(
    reviewed: Library, tmp_path: Path
) -> None:
    path = tmp_path / "out.json"
    path.write_bytes(exported(reviewed))
    assert squad.examples(squad.load(path)) == examples(exported(reviewed))
