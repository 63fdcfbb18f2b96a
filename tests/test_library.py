"""Search is exact about what it holds: every change of a passage is in the index."""

import json
import string

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from answers import library
from answers.library import NewPassage, Part, index, searching
from answers.models import Library, Passage, User
from answers.texts import UnacceptableText
from tests.factories import make_library, make_passage

pytestmark = pytest.mark.django_db
settings_of_hypothesis = hypothesis_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def titles(found: list[Passage]) -> list[str]:
    return [passage.title for passage in found]


def found(shelf: Library, typed: str, **options: int) -> list[str]:
    return [hit.passage.title for hit in library.find(shelf, typed, **options)]


def shown(parts: tuple[Part, ...]) -> str:
    """The parts, with brackets around what is marked."""
    return "".join(f"[{part.text}]" if part.matched else part.text for part in parts)


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
    assert found(shelf, "camellia") == ["Camellia"]


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
    assert found(shelf, "vinegar") == ["vinegar"]


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


# -- Common words, many libraries, long questions ------------------------------------


def make_large(shelf: Library, *, passages: int = 60) -> None:
    """Passages of which each holds "first", half "year", and every tenth "comet"."""
    for number in range(passages):
        words = ["first"] + ["year"] * (number % 2) + ["comet"] * (number % 10 == 0)
        make_passage(shelf, f"{' '.join(words)} {number}", title=f"n{number}")


@pytest.fixture
def _few_rows_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens at 100,000 passages happens at sixty."""
    monkeypatch.setattr(searching, "ROWS_SCORED", 8)
    monkeypatch.setattr(searching, "LARGE", 32)


@pytest.mark.usefixtures("_few_rows_scored")
def test_rare_words_choose_the_passages_and_common_ones_put_them_in_order(
    shelf: Library,
) -> None:
    make_large(shelf)
    make_passage(shelf, "comet year 61", title="both")
    best = library.search([shelf], "first year of the comet", 7)
    assert all("comet" in passage.text for passage in best)
    assert best[0].title == "both"


@pytest.mark.usefixtures("_few_rows_scored")
def test_common_words_fill_up_when_the_rare_ones_give_too_few(shelf: Library) -> None:
    make_large(shelf)
    texts = [p.text for p in library.search([shelf], "first year comet", 20)]
    assert len(set(texts)) == 20
    assert all("comet" in text for text in texts[:6])
    assert all("year" in text and "first" in text for text in texts[6:])


@pytest.mark.usefixtures("_few_rows_scored")
def test_a_question_of_common_words_alone_prefers_what_holds_them_all(
    shelf: Library,
) -> None:
    make_large(shelf)
    best = library.search([shelf], "first year", 10)
    assert len(best) == 10
    assert all("year" in passage.text for passage in best)


@pytest.mark.usefixtures("_few_rows_scored")
def test_one_common_word_is_searched_all_the_same(shelf: Library) -> None:
    make_large(shelf)
    assert len(library.search([shelf], "first", 50)) == 50


@pytest.mark.usefixtures("_few_rows_scored")
def test_a_small_library_beside_a_large_one_is_ranked_in_full(shelf: Library) -> None:
    make_large(make_library("Large"))
    make_passage(shelf, "The first year of salt.", title="first year")
    assert titles(library.search([shelf], "comet of the first year", 2)) == [
        "first year"
    ]


@settings_of_hypothesis
@given(
    st.lists(st.lists(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=12),
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True),
    st.integers(1, 15),
    st.integers(1, 12),
)
def test_however_few_rows_are_scored_as_many_passages_are_found(
    texts: list[list[str]], asked: list[str], k: int, budget: int
) -> None:
    """Property: the budget changes the order, never what is found or how many."""
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        shelf = make_library("Letters")
        for number, words in enumerate(texts):
            make_passage(shelf, f"{number} " + " ".join(f"x{w}" for w in words))
        phrases = [f'"x{letter}"' for letter in asked]
        every = set(searching.ranked([shelf.pk], phrases, limit=100))
        patch.setattr(searching, "ROWS_SCORED", budget)
        patch.setattr(searching, "LARGE", budget * 2)
        some = searching.ranked([shelf.pk], phrases, limit=k)
        assert len(some) == len(set(some)) == min(k, len(every))
        assert set(some) <= every
        transaction.set_rollback(True)


def test_several_libraries_are_searched_at_once(shelf: Library) -> None:
    other = make_library("Other")
    make_passage(other, "Mead is made of honey.", title="mead")
    make_passage(make_library("Third"), "Honey for nobody.", title="theirs")
    assert set(titles(library.search([shelf, other], "honey", 3))) == {"honey", "mead"}


@pytest.mark.parametrize("budget", [4, 6_000])
def test_two_thousand_libraries_are_searched_at_once(
    shelf: Library, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "ROWS_SCORED", budget)
    mine = Library.objects.bulk_create(Library(title=f"{n}") for n in range(2_000))
    for one in mine[::200]:
        make_passage(one, f"Honey of hive {one.title}.", title=one.title)
    for number in range(30):  # better hits that are somebody else's
        make_passage(make_library("Theirs"), f"Honey honey {number}.", title="theirs")
    best = titles(library.search([*mine, shelf], "honey", 11))
    assert set(best) == {"honey", *(one.title for one in mine[::200])}


def test_a_question_of_two_hundred_words_is_searched(shelf: Library) -> None:
    words = " ".join(f"w{number}" for number in range(200))
    assert titles(library.search([shelf], f"honey {words}", 1)) == ["honey"]
    assert found(shelf, f"honey {words}") == ["honey"]


def test_searching_takes_as_many_queries_in_one_library_as_in_ten(
    shelf: Library, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    others = [make_library(f"{number}") for number in range(10)]
    for other in others:
        make_passage(other, "Honey.", title="other")
    with django_assert_max_num_queries(3):
        library.search([shelf, *others], "salt and honey", 5)


def test_a_tidy_index_finds_what_it_found_before(shelf: Library) -> None:
    make_large(shelf)
    before = found(shelf, "comet"), indexed()
    index.tidy_index()
    assert (found(shelf, "comet"), indexed()) == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT segid) FROM passage_words_idx")
        assert cursor.fetchone()[0] <= 1


# -- Looking for words in the list of passages ---------------------------------------


def test_found_words_are_marked_in_title_and_text(shelf: Library) -> None:
    (hit,) = library.find(shelf, "honey")
    assert shown(hit.title) == "[honey]"
    assert shown(hit.snippet) == "Everything there is to say of [honey]."


def test_all_words_are_wanted_before_any(shelf: Library) -> None:
    make_passage(shelf, "Honey in tea.", title="both")
    assert found(shelf, "tea honey") == ["both"]
    assert set(found(shelf, "tea mustard")) == {"tea", "both"}


def test_the_last_word_may_be_the_beginning_of_one(shelf: Library) -> None:
    assert found(shelf, "hon") == ["honey"]
    assert found(shelf, "everything hon") == ["honey"]
    assert found(shelf, "hon ") == []  # a blank ends the word
    assert found(shelf, "ho") == []  # too many words begin so


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("confi", "configuration"),
        ("configurat", "configuration"),
        ("configuratio", "configuration"),
        ("runn", "running"),
        ("runni", "running"),
        ("maki", "making"),
        ("inferen", "inference"),
        ("ORGANIZ", "organization"),
        ("settin", "setting"),
    ],
)
def test_a_word_may_be_begun_whose_ending_is_not_indexed(typed: str, word: str) -> None:
    shelf = make_library("Machines")
    make_passage(shelf, f"The {word} of it.", title="found")
    make_passage(shelf, "The rest of it.", title="rest")
    (hit,) = library.find(shelf, typed)
    assert shown(hit.snippet) == f"The [{word}] of it."
    assert found(shelf, f"of it {typed}") == ["found"]
    assert found(shelf, f"the-{typed}") == ["found"]
    assert found(shelf, f"{typed} ") == []  # a blank ends the word


def test_a_word_that_may_go_on_is_first_looked_for_as_it_is(shelf: Library) -> None:
    make_passage(shelf, "It was a gift, as he gives many.", title="gives")
    assert found(shelf, "given") == ["gives"]
    make_passage(shelf, "It was given.", title="given")
    assert found(shelf, "given") == ["given"]


def test_words_in_quotes_stand_in_a_row(shelf: Library) -> None:
    make_passage(shelf, "Strong black tea.", title="black tea")
    make_passage(shelf, "A tea that is black.", title="tea, black")
    assert found(shelf, '"black tea"') == ["black tea"]
    assert set(found(shelf, "black tea")) == {"black tea", "tea, black"}
    assert found(shelf, '"black tea') == ["black tea"]  # still being typed
    assert found(shelf, '"tea black"') == ["tea, black"]  # that is its title
    assert found(shelf, '"tea black coffee"') == []


@pytest.mark.parametrize("quotes", ["“”", "„“", "«»", "»«"])
def test_quotes_may_be_curly(shelf: Library, quotes: str) -> None:
    make_passage(shelf, "Strong black tea.", title="black tea")
    make_passage(shelf, "A tea that is black.", title="tea, black")
    assert found(shelf, quotes[0] + "black tea" + quotes[1]) == ["black tea"]
    assert found(shelf, quotes[0] + "black tea") == ["black tea"]


def test_a_word_with_a_hyphen_is_found_as_it_is_written(shelf: Library) -> None:
    make_passage(shelf, "A well-known blend.", title="blend")
    assert found(shelf, "well-known") == ["blend"]
    assert found(shelf, "known-well") == ["blend"]  # by its words


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧 honey 🍯 e\u0301clair",
        "עברית honey عربي",
        "<b>honey</b> & \ue000honey\ue001 \x02honey\x03",
        "\U0001f1eb\U0001f1f7 honey\u200d\U0001f41d",
    ],
)
def test_marks_change_no_character_of_what_they_mark(text: str) -> None:
    shelf = make_library("Odd")
    make_passage(shelf, text, title=text)
    (hit,) = library.find(shelf, "honey")
    for parts in (hit.title, hit.snippet):
        assert "".join(part.text for part in parts) == text
        assert {part.text for part in parts if part.matched} == {"honey"}


def test_a_long_text_is_cut_around_its_matches(shelf: Library) -> None:
    text = f"{'begin ' * 300}dark honey {'end ' * 300}"
    make_passage(shelf, text, title="long")
    hit = next(h for h in library.find(shelf, "honey") if h.passage.title == "long")
    assert "dark [honey] end" in shown(hit.snippet)
    assert len(shown(hit.snippet)) < 400
    assert shown(hit.snippet).startswith("…")


def test_a_text_without_blanks_is_cut_as_well() -> None:
    shelf = make_library("蜂蜜")
    make_passage(shelf, f"honey {'蜂' * 5_000} honey", title="long")
    (hit,) = library.find(shelf, "honey")
    assert len(shown(hit.snippet)) <= 2 * 400
    assert "[honey]" in shown(hit.snippet)


def test_only_as_many_as_asked_for_are_found(shelf: Library) -> None:
    assert len(found(shelf, "everything", limit=2)) == 2


@settings_of_hypothesis
@given(st.text(max_size=60))
def test_whatever_is_typed_is_no_error(typed: str) -> None:
    shelf = Library.objects.filter(title="Typed").first() or make_library("Typed")
    assume("\0" not in typed)
    library.search([shelf], typed, 3)
    library.find(shelf, typed)


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
