"""Questions and answers are found by their words, among those one may see."""

import pytest
from django.test import Client

from answers.admin import records
from answers.models import Library, User
from tests.admin.pages import LIST, get
from tests.factories import make_answered, make_passage
from tests.reviewed_files import brought, file, qa

QUESTIONS, ANSWERS = "/admin/answers/question/", "/admin/answers/answer/"


@pytest.fixture
def asked(alice: User, library: Library, public_library: Library) -> None:
    """The same words, asked of a private library and of a public one."""
    for one, text in ((library, "Secret kettle?"), (public_library, "Open kettle?")):
        make_answered(alice, one, make_passage(one), question=text)


@pytest.mark.usefixtures("asked")
def test_words_of_a_question_find_it_and_its_answers(admin_client: Client) -> None:
    for url in (QUESTIONS, ANSWERS):
        html = get(admin_client, url, q="kettle")
        assert "Secret kettle?" in html
        assert "Open kettle?" in html
        assert "Secret kettle?" not in get(admin_client, url, q="open kett")


@pytest.mark.usefixtures("asked")
def test_words_of_a_quote_find_the_question(admin_client: Client) -> None:
    assert "Open kettle?" in get(admin_client, QUESTIONS, q="three minutes")


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("few", [0, 20_000])
def test_nobody_finds_what_they_may_not_see(
    rita_client: Client, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(records, "FEW", few)
    monkeypatch.setattr("answers.admin.bounded.FEW", few)
    for url in (QUESTIONS, ANSWERS):
        for words in ({}, {"q": "kettle"}, {"q": "three minutes"}):
            html = get(rita_client, url, **words)
            assert "Open kettle?" in html
            assert "Secret" not in html


@pytest.mark.parametrize("words", ["kettle", "a samovar or kett"])
def test_reviewers_find_what_a_file_says_has_no_answer(
    rita_client: Client,
    alice: User,
    library: Library,
    public_library: Library,
    words: str,
) -> None:
    for shelf, name in ((public_library, "Open"), (library, "Secret")):
        data = file(qa(f"{name}: a samovar or a kettle"), qa(f"{name}, other"))
        brought(data, alice, into=shelf)
    for url in (LIST, QUESTIONS):
        html = get(rita_client, url, q=words)
        assert "Open: a samovar or a kettle?" in html
        assert "Open, other?" not in html
        assert "Secret" not in html


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("words", ['"', "AND", "*", "kettle) OR (a", "\u202e", "%"])
def test_signs_of_the_index_are_words_like_any_other(
    admin_client: Client, words: str
) -> None:
    get(admin_client, QUESTIONS, q=words)
    get(admin_client, ANSWERS, q=words)


@pytest.mark.usefixtures("asked")
def test_a_conversation_is_found_by_the_name_of_who_asked(
    admin_client: Client,
) -> None:
    url = "/admin/answers/conversation/"
    assert "2 conversations" in get(admin_client, url, q="alice")
    assert "0 conversations" in get(admin_client, url, q="ali")
