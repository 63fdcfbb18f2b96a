"""Search is exact about what it holds: every change of a passage is in the index."""

import json
import string

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from answers import library
from answers.library import NewPassage
from answers.models import Library, Passage, User
from answers.texts import UnacceptableText
from tests.factories import make_library, make_passage

pytestmark = pytest.mark.django_db


def titles(found: list[Passage]) -> list[str]:
    return [passage.title for passage in found]


def indexed() -> set[int]:
    """The row ids that the index knows of."""
    any_letter = " OR ".join(f"{letter}*" for letter in string.ascii_lowercase)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rowid FROM passage_words WHERE passage_words MATCH %s", [any_letter]
        )
        return {pk for (pk,) in cursor.fetchall()}


@pytest.fixture
def shelf() -> Library:
    shelf = make_library("Shelf")
    for name in ("tea", "bread", "honey", "salt"):
        make_passage(shelf, f"Everything there is to say of {name}.", title=name)
    return shelf


def test_the_passage_with_the_rare_word_comes_first(shelf: Library) -> None:
    assert titles(library.search([shelf], "What is there to say of honey?", 1)) == [
        "honey"
    ]


def test_words_are_found_in_other_forms_and_without_accents(shelf: Library) -> None:
    make_passage(shelf, "Zoë brewed coffees.", title="coffee")
    assert titles(library.search([shelf], "zoe brewing", 1)) == ["coffee"]
    assert titles(library.search([shelf], "coffee", 1)) == ["coffee"]


def test_the_title_counts_as_well(shelf: Library) -> None:
    make_passage(shelf, "It is brewed hot.", title="Espresso")
    assert titles(library.search([shelf], "espresso", 1)) == ["Espresso"]


def test_a_small_library_is_returned_whole_with_the_hits_first(shelf: Library) -> None:
    found = titles(library.search([shelf], "salt", 10))
    assert found[0] == "salt"
    assert sorted(found) == ["bread", "honey", "salt", "tea"]


def test_a_larger_library_gives_only_what_shares_a_word(shelf: Library) -> None:
    assert titles(library.search([shelf], "salt", 3)) == ["salt"]


def test_a_question_of_stop_words_is_searched_with_them(shelf: Library) -> None:
    assert len(library.search([shelf], "What is there to say?", 3)) == 3


@pytest.mark.parametrize(
    "question",
    [
        "",
        "???",
        '"',
        "' OR 1=1 --",
        "NEAR(tea bread)",
        "title: tea*",
        "a AND (",
        "\x01",
    ],
)
def test_no_question_is_taken_for_the_query_language(
    shelf: Library, question: str
) -> None:
    library.search([shelf], question, 2)
    library.find(shelf, question)


def test_another_library_is_never_searched(shelf: Library) -> None:
    other = make_library("Other")
    make_passage(other, "Everything about honey, honey and honey.", title="theirs")
    assert titles(library.search([shelf], "honey", 3)) == ["honey"]
    assert titles(library.search([other], "tea", 1)) == ["theirs"]  # all that it holds


def test_a_library_number_in_the_question_finds_no_other_library(
    shelf: Library,
) -> None:
    other = make_library("Other")
    make_passage(other, "Something else.", title="theirs")
    assert library.find(shelf, str(other.pk)) == []


def test_an_archived_passage_leaves_the_index(shelf: Library) -> None:
    shelf.passages.get(title="honey").archive()
    assert "honey" not in titles(library.search([shelf], "honey", 10))


def test_an_edit_is_searched_instead_of_what_it_replaced(
    shelf: Library, alice: User
) -> None:
    tea = shelf.passages.get(title="tea")
    tea.replace(title="tea", text="Rooibos is no tea.", by=alice)
    assert titles(library.search([shelf], "rooibos", 2)) == ["tea"]
    assert indexed() == {p.pk for p in Passage.objects.current()}


def test_a_new_title_is_searched_instead_of_the_old_one(
    shelf: Library, alice: User
) -> None:
    tea = shelf.passages.get(title="tea")
    tea.replace(title="Camellia", text=tea.text, by=alice)
    assert titles(library.find(shelf, "camellia")) == ["Camellia"]


def test_deleting_a_library_empties_its_part_of_the_index(shelf: Library) -> None:
    shelf.delete()
    assert indexed() == set()


def test_a_transaction_that_fails_leaves_the_index_as_it_was(shelf: Library) -> None:
    before = indexed()
    with transaction.atomic():
        make_passage(shelf, "Everything about vinegar.", title="vinegar")
        transaction.set_rollback(True)
    assert indexed() == before
    assert library.find(shelf, "vinegar") == []


def test_the_database_itself_refuses_to_change_a_text(shelf: Library) -> None:
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        shelf.passages.update(text="changed behind the model's back")


def test_lost_triggers_are_made_again_and_the_index_filled(shelf: Library) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER passage_words_in")
    make_passage(shelf, "Everything about vinegar.", title="vinegar")
    assert library.find(shelf, "vinegar") == []
    library.install_index()
    assert titles(library.find(shelf, "vinegar")) == ["vinegar"]


def test_adding_saves_each_text_once(shelf: Library, alice: User) -> None:
    items = [
        NewPassage("one", "A text."),
        NewPassage("again", "A text."),
        NewPassage("there", "Everything there is to say of tea."),
    ]
    added = library.add(shelf, items, by=alice)
    assert len(added.passages) == 1
    assert added.already == 1
    assert library.add(shelf, items, by=alice).passages == []


def test_adding_cleans_line_ends_and_titles(shelf: Library) -> None:
    (saved,) = library.add(shelf, [NewPassage(" A\r\n title ", "x\r\ny")]).passages
    assert (saved.title, saved.text) == ("A title", "x\ny")


@pytest.mark.parametrize("text", ["", " \n\t", "a\0", "\ud83d"])
def test_adding_refuses_what_cannot_be_saved(shelf: Library, text: str) -> None:
    good = NewPassage("good", "A good text.")
    with pytest.raises(UnacceptableText):
        library.add(shelf, [good, NewPassage("bad", text)])
    assert library.find(shelf, "good") == []  # all or none


def test_adding_refuses_a_text_over_the_limit_with_both_numbers(
    shelf: Library,
) -> None:
    limit = settings.PASSAGE_CHARACTERS
    with pytest.raises(UnacceptableText, match=f"{limit + 1:,}.*{limit:,}"):
        library.add(shelf, [NewPassage("long", "x" * (limit + 1))])


def test_the_demo_questions_find_their_passages() -> None:
    """The right passage is among the ten that are read, nearly always."""
    demo = json.loads(
        (settings.BASE_DIR / "answers/demo/questions.json").read_text("utf-8")
    )
    shelf = make_library("Demo")
    paragraphs = [(d["title"], p) for d in demo["data"] for p in d["paragraphs"]]
    library.add(shelf, [NewPassage(t, p["context"]) for t, p in paragraphs])
    asked = [
        (qa["question"], p["context"])
        for _, p in paragraphs
        for qa in p["qas"]
        if qa["answers"]
    ]
    hits = sum(
        context in [found.text for found in library.search([shelf], question, 10)]
        for question, context in asked
    )
    assert hits / len(asked) >= 0.97
