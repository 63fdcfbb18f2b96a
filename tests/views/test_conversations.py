"""One's conversations: the list, search, renaming, pinning, sharing, taking away."""

import csv
import io
import json
import re
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from answers.models import Answer, Conversation, Library, Passage, Question, User
from answers.views import sharing
from tests.factories import (
    make_answer,
    make_answered,
    make_conversation,
    make_library,
    make_member,
    make_passage,
    make_question,
    make_review,
)
from tests.views.page import Element, page

HOSTILE = "<script>alert(1)</script>\u202e=1+1 {{ 7|add:7 }}"


@pytest.fixture
def answer(alice: User, passage: Passage) -> Answer:
    return make_answered(alice, passage.library, passage)


@pytest.fixture
def talk(answer: Answer) -> Conversation:
    return answer.question.conversation


def at(conversation: Conversation, what: str = "") -> str:
    return f"{conversation.get_absolute_url()}{what}"


def titles(shown: Element) -> list[str]:
    return [row.one("h2").one("a").words for row in shown.classed("row")]


# -- The list ------------------------------------------------------------------


def test_the_list_shows_all_with_how_much_was_asked(
    alice: User, alice_client: Client, talk: Conversation
) -> None:
    make_question(talk, "And green tea?", status="answered")
    (row,) = page(alice_client.get("/conversations/")).classed("row")
    assert row.one("a", href=talk.get_absolute_url()).words == talk.title
    assert "2 questions" in row.words


def test_pinned_ones_come_first_then_the_newest(
    alice: User, alice_client: Client, library: Library
) -> None:
    now = timezone.now()
    for age, title in enumerate(["newest", "older", "oldest", "ancient"]):
        at_ = now - timedelta(days=age)
        make_conversation(alice, library, title=title, updated_at=at_)
    for title in ("oldest", "older"):
        pinned = Conversation.objects.get(title=title)
        alice_client.post(at(pinned, "pin/"), {"pinned": "yes"})
    shown = page(alice_client.get("/conversations/"))
    assert titles(shown) == ["older", "oldest", "newest", "ancient"]
    aside = page(alice_client.get("/")).one("nav", aria_label="Conversations")
    listed = [a.words for item in aside.all("li") for a in item.all("a")]
    assert listed == ["older", "oldest", "newest", "ancient"]


def test_the_list_takes_the_same_queries_however_long(
    alice: User,
    alice_client: Client,
    library: Library,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(45):
        make_question(make_conversation(alice, library, title=f"Talk {number:02}"))
    with django_assert_max_num_queries(6):
        shown = page(alice_client.get("/conversations/"))
    assert len(titles(shown)) == 40
    second = page(alice_client.get("/conversations/?page=2"))
    assert len(titles(second)) == 5
    assert not set(titles(shown)) & set(titles(second))


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999", "x", ""])
def test_any_page_number_shows_a_page(
    number: str, alice_client: Client, talk: Conversation
) -> None:
    assert titles(page(alice_client.get(f"/conversations/?page={number}")))


def test_an_empty_list_says_so(alice_client: Client) -> None:
    shown = page(alice_client.get("/conversations/"))
    assert "Nothing asked yet." in shown.words
    assert not shown.all("input", name="q")


def test_nobody_else_s_are_listed(mallory_client: Client, talk: Conversation) -> None:
    assert talk.title not in page(mallory_client.get("/conversations/")).words


# -- Search --------------------------------------------------------------------


def test_search_leads_to_the_question_with_the_words_marked(
    alice_client: Client, answer: Answer
) -> None:
    shown = page(alice_client.get("/conversations/?q=brew+minutes"))
    (row,) = shown.classed("row")
    address = reverse("question", args=[answer.question_id])
    assert row.one("a", href=address).words == answer.question.text
    assert [mark.text for mark in row.all("mark")] == ["brewed", "minutes"]
    assert "1 place with" in shown.words


def test_search_shows_hostile_text_as_it_is(
    alice: User, alice_client: Client, library: Library
) -> None:
    make_question(make_conversation(alice, library, title=HOSTILE), f"Why {HOSTILE}?")
    shown = page(alice_client.get("/conversations/?q=alert"))
    assert not shown.one("main").all("script")
    assert shown.classed("row")[0].one("h2").text == f"Why {HOSTILE}?"


@pytest.mark.parametrize("words", ["nothing", '"', "tea*", "AND", "a" * 10_000, "\0"])
def test_search_takes_anything(
    words: str, alice_client: Client, talk: Conversation
) -> None:
    shown = page(alice_client.get("/conversations/", {"q": words}))
    assert shown.one("input", name="q")["value"] == words.strip()[:300]


def test_search_takes_the_same_queries(
    alice: User,
    alice_client: Client,
    answer: Answer,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(30):
        make_answered(
            alice, answer.passage.library, answer.passage, question=f"Tea {number}"
        )
    with django_assert_max_num_queries(8):
        shown = page(alice_client.get("/conversations/?q=tea"))
    assert len(titles(shown)) > 20


# -- Renaming, pinning, deleting -----------------------------------------------


def test_a_conversation_is_renamed(alice_client: Client, talk: Conversation) -> None:
    form = page(alice_client.get(at(talk, "rename/"))).one("form", class_="sheet")
    assert form.values()["title"] == talk.title
    alice_client.post(at(talk, "rename/"), {"title": f" {HOSTILE}\r\n two "})
    talk.refresh_from_db()
    assert talk.title == f"{HOSTILE} two"
    for path in ("", "rename/", "share/", "export/", "delete/"):
        shown = page(alice_client.get(at(talk, path)))
        assert f"{HOSTILE} two" in shown.text


@pytest.mark.parametrize("title", ["", " \n ", "x" * 201, "a\0b"])
def test_a_title_that_is_none_is_refused(
    title: str, alice_client: Client, talk: Conversation
) -> None:
    shown = page(alice_client.post(at(talk, "rename/"), {"title": title}))
    assert shown.one("div", role="alert")
    before = talk.title
    talk.refresh_from_db()
    assert talk.title == before


def test_pinning_leads_back_to_where_one_was(
    alice_client: Client, talk: Conversation
) -> None:
    data = {"pinned": "yes", "next": at(talk)}
    assert alice_client.post(at(talk, "pin/"), data).headers["Location"] == at(talk)
    tools = page(alice_client.get(at(talk))).classed("tools")[0]
    button = tools.one("button", name="pinned")
    assert (button["value"], button["aria-pressed"]) == ("no", "true")
    elsewhere = data | {"pinned": "no", "next": "https://evil.example/"}
    response = alice_client.post(at(talk, "pin/"), elsewhere)
    assert response.headers["Location"] == "/conversations/"
    talk.refresh_from_db()
    assert talk.pinned_at is None


def test_pinning_leads_to_addresses_only(
    alice_client: Client, talk: Conversation
) -> None:
    data = {"pinned": "yes", "next": "no-page"}
    assert alice_client.post(at(talk, "pin/"), data).status_code == 302


def test_deleting_asks_first_and_takes_all_along(
    alice: User, rita: User, alice_client: Client, talk: Conversation, answer: Answer
) -> None:
    make_member(answer.passage.library, rita, "reviewer")
    make_review(answer, "right", by=rita)
    pasted = make_library("Pasted", conversation=talk)
    own = make_passage(pasted, "Pasted: four minutes.")
    make_answer(make_question(talk, libraries=[pasted]), own, "four minutes")
    shown = page(alice_client.get(at(talk, "delete/")))
    assert "with its 2 questions" in shown.words
    assert "So will the texts that you pasted into it." in shown.words
    assert Conversation.objects.exists()
    response = alice_client.post(at(talk, "delete/"))
    assert response.headers["Location"] == "/conversations/"
    assert not Conversation.objects.exists()
    assert not Question.objects.exists()
    assert not Library.objects.filter(pk=pasted.pk).exists()
    assert list(Passage.objects.all()) == [answer.passage]
    assert not page(alice_client.get("/conversations/?q=tea")).classed("row")


def test_the_review_desk_stays_open_without_it(
    rita: User, rita_client: Client, alice_client: Client, public_library: Library
) -> None:
    passage = make_passage(public_library)
    alice = User.objects.get(username="alice")
    answer = make_answered(alice, public_library, passage)
    make_review(answer, "right", by=rita)
    stays = make_answered(rita, public_library, passage, question="What stays?")
    alice_client.post(at(answer.question.conversation, "delete/"))
    desk = rita_client.get(reverse("admin:answers_reviewitem_changelist"))
    assert desk.status_code == 200
    assert stays.question.text in desk.content.decode()


# -- Sharing -------------------------------------------------------------------


def share(client: Client, talk: Conversation) -> str:
    """Returns the path of the link."""
    client.post(at(talk, "share/"), {"share": "yes"})
    talk.refresh_from_db()
    assert talk.share_token
    return reverse("shared", args=[talk.share_token])


def test_what_others_will_see_is_said_before(
    alice_client: Client, talk: Conversation
) -> None:
    shown = page(alice_client.get(at(talk, "share/")))
    assert "What others will see" in shown.words
    assert "also from libraries that are not public" in shown.words
    talk.refresh_from_db()
    assert talk.share_token is None
    assert shown.one("button", name="share")["value"] == "yes"


def test_the_link_opens_the_conversation_signed_out(
    alice_client: Client, client: Client, talk: Conversation, answer: Answer
) -> None:
    link = share(alice_client, talk)
    assert len(link) > 43
    shown = page(client.get(link))
    assert shown.one("h1").words == talk.title
    assert shown.one("mark").text == "three minutes"
    assert "How to make tea" in shown.words
    main = shown.one("main")
    assert not main.all("form")
    assert not main.all("a", href=answer.passage.get_absolute_url())
    assert "alice" not in shown.text
    assert answer.passage.library.title not in shown.text
    rest = answer.passage.text.replace(answer.text, "").split(".")[1]
    assert rest.strip() not in shown.text


def test_the_link_is_kept_from_caches_and_search_engines(
    alice_client: Client, client: Client, talk: Conversation
) -> None:
    response = client.get(share(alice_client, talk))
    assert response.headers["X-Robots-Tag"].startswith("noindex")
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert page(response).one("meta", name="robots")["content"].startswith("noindex")


def test_whoever_may_read_the_passage_is_led_there(
    alice_client: Client,
    mallory: User,
    mallory_client: Client,
    talk: Conversation,
    answer: Answer,
) -> None:
    link, passage = share(alice_client, talk), answer.passage
    address = passage.get_absolute_url()
    assert not page(mallory_client.get(link)).one("main").all("a", href=address)
    make_member(passage.library, mallory)
    assert page(mallory_client.get(link)).one("main").one("a", href=address)


def test_sharing_twice_keeps_the_link(alice_client: Client, talk: Conversation) -> None:
    assert share(alice_client, talk) == share(alice_client, talk)


def test_a_stopped_link_is_dead_at_once(
    alice_client: Client, client: Client, talk: Conversation
) -> None:
    link = share(alice_client, talk)
    assert client.get(link).status_code == 200
    alice_client.post(at(talk, "share/"), {"share": "no"})
    assert client.get(link).status_code == 404
    assert alice_client.get(link).status_code == 404
    assert share(alice_client, talk) != link


def test_a_deleted_conversation_has_no_link(
    alice_client: Client, client: Client, talk: Conversation
) -> None:
    link = share(alice_client, talk)
    alice_client.post(at(talk, "delete/"))
    assert client.get(link).status_code == 404


def test_a_closed_account_shares_nothing(
    alice: User, alice_client: Client, client: Client, talk: Conversation
) -> None:
    link = share(alice_client, talk)
    alice.is_active = False
    alice.save()
    assert client.get(link).status_code == 404


@pytest.mark.parametrize(
    "token", ["x", "None", "null", "%00", "A" * 43, "A" * 5_000, "..", "é"]
)
def test_guessing_finds_nothing(token: str, client: Client, talk: Conversation) -> None:
    assert client.get(f"/shared/{token}/").status_code == 404


def test_quotes_that_the_owner_lost_are_not_shared(
    mallory: User, mallory_client: Client, client: Client, public_library: Library
) -> None:
    passage = make_passage(public_library)
    answer = make_answered(mallory, public_library, passage)
    link = share(mallory_client, answer.question.conversation)
    assert "three minutes" in page(client.get(link)).text
    public_library.is_public = False
    public_library.save()
    shown = page(client.get(link))
    assert "three minutes" not in shown.text
    assert "How to make tea" not in shown.text
    assert "The quotes can no longer be shown." in shown.words


def test_every_state_of_a_question_is_shown(
    alice_client: Client, client: Client, talk: Conversation, passage: Passage
) -> None:
    for status in ("pending", "cancelled", "failed", "no_answer"):
        make_question(talk, HOSTILE, status=status, error_message="A secret path")
    shown = page(client.get(share(alice_client, talk)))
    for said in ("Being answered", "Cancelled", "Failed", "No answer in these"):
        assert said in shown.words
    assert "A secret path" not in shown.text
    assert not shown.one("main").all("script")


def test_a_long_shared_conversation_has_pages(
    alice: User,
    alice_client: Client,
    client: Client,
    talk: Conversation,
    passage: Passage,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(sharing.SHOWN):
        make_answer(make_question(talk, f"{number}?", status="answered"), passage)
    link = share(alice_client, talk)
    with django_assert_max_num_queries(6):
        shown = page(client.get(link))
    assert len(shown.all("article")) == sharing.SHOWN
    assert len(page(client.get(f"{link}?page=2")).all("article")) == 1


# -- Taking away ---------------------------------------------------------------


def test_the_formats_are_offered(alice_client: Client, talk: Conversation) -> None:
    for address in (
        at(talk, "export/"),
        f"/questions/{talk.questions.get().pk}/export/",
    ):
        shown = page(alice_client.get(address))
        offered = {a["href"] for a in shown.all("a") if "download" in a}
        assert offered == {"?format=markdown", "?format=csv", "?format=json"}


@pytest.mark.parametrize("name", ["pdf", "", "JSON", "../json"])
def test_another_format_is_not_found(
    name: str, alice_client: Client, talk: Conversation
) -> None:
    assert alice_client.get(at(talk, "export/"), {"format": name}).status_code == 404


async def streamed(client: AsyncClient, address: str) -> tuple[Any, bytes]:
    response = await client.get(address)
    assert response.status_code == 200
    assert isinstance(response, StreamingHttpResponse)
    pieces = [piece async for piece in response.streaming_content]
    return response, b"".join(pieces)


@pytest.fixture
def async_alice(transactional_db: None, alice: User) -> AsyncClient:
    client = AsyncClient()
    client.force_login(alice)
    return client


@pytest.mark.django_db(transaction=True)
async def test_a_conversation_is_streamed_in_each_format(
    async_alice: AsyncClient, talk: Conversation, answer: Answer
) -> None:
    address = at(talk, "export/?format=")
    response, file = await streamed(async_alice, f"{address}json")
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, no-store"
    (question,) = json.loads(file)["questions"]
    assert question["answers"][0]["text"] == "three minutes"
    assert question["url"] == f"http://testserver/questions/{question['id']}/"
    response, file = await streamed(async_alice, f"{address}csv")
    (row,) = csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline=""))
    assert row["answer"] == "three minutes"
    response, file = await streamed(async_alice, f"{address}markdown")
    assert file.decode().startswith("# How long should tea be brewed?")
    assert "> three minutes" in file.decode()


@pytest.mark.django_db(transaction=True)
async def test_one_question_is_taken_alone(
    async_alice: AsyncClient, talk: Conversation, answer: Answer
) -> None:
    from channels.db import database_sync_to_async

    await database_sync_to_async(make_question)(
        talk, "Another?", libraries=[answer.passage.library]
    )
    address = f"/questions/{answer.question_id}/export/?format=json"
    _, file = await streamed(async_alice, address)
    (question,) = json.loads(file)["questions"]
    assert question["id"] == str(answer.question_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("title", "name"),
    [
        (
            'a"; filename="b.exe\r\nX: y',
            'attachment; filename="a-filename-b-exe-X-y.csv"',
        ),
        ("../../etc/passwd", 'attachment; filename="etc-passwd.csv"'),
        ("\u202e<>", 'attachment; filename="conversation.csv"'),
        ("Tée", "attachment; filename*=utf-8''T%C3%A9e.csv"),
    ],
)
async def test_the_file_has_a_harmless_name(
    title: str, name: str, async_alice: AsyncClient, talk: Conversation
) -> None:
    await Conversation.objects.filter(pk=talk.pk).aupdate(title=title)
    response, _ = await streamed(async_alice, at(talk, "export/?format=csv"))
    assert response.headers["Content-Disposition"] == name


@pytest.mark.django_db(transaction=True)
async def test_markdown_is_written_in_the_language_of_the_page(
    async_alice: AsyncClient, talk: Conversation
) -> None:
    async_alice.cookies["django_language"] = "de"
    _, file = await streamed(async_alice, at(talk, "export/?format=markdown"))
    assert "## How long should tea be brewed?" in file.decode()


@pytest.mark.django_db(transaction=True)
async def test_a_long_conversation_leaves_the_memory_flat(
    async_alice: AsyncClient, talk: Conversation, answer: Answer
) -> None:
    from channels.db import database_sync_to_async

    text = "Tea, and much more besides. " * 3_000  # 84 kB
    passages = [
        await database_sync_to_async(make_passage)(
            answer.passage.library, f"Tea {number}: {text}"
        )
        for number in range(50)
    ]
    await database_sync_to_async(_many)(talk, passages, 600)
    response = await async_alice.get(at(talk, "export/?format=json"))
    assert isinstance(response, StreamingHttpResponse)
    tracemalloc.start()
    try:
        sizes = [len(piece) async for piece in response.streaming_content]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(sizes) > 500_000
    # Bytes. The texts that are quoted would be 50 million, were they kept.
    assert peak < 15_000_000, peak


def _many(talk: Conversation, passages: list[Passage], count: int) -> None:
    now = timezone.now()
    questions = Question.objects.bulk_create(
        Question(conversation=talk, text=f"{n}?", status="answered", finished_at=now)
        for n in range(count)
    )
    Answer.objects.bulk_create(
        Answer(
            question=question,
            passage=passages[number % len(passages)],
            rank=1,
            start=0,
            end=3,
            text="Tea",
            margin=1,
            score=0.5,
        )
        for number, question in enumerate(questions)
    )


def test_the_language_of_a_file_name_is_that_of_nobody(db: None) -> None:
    from answers.texts import file_name

    assert file_name("  ", "conversation") == "conversation"
    assert file_name("x" * 500, "y") == "x" * 59
    assert re.fullmatch(r"[\w-]+", file_name("a/b\\c:d*e?f", "y"))
