"""What people write is text to the admin, whatever it holds.

Reviewers read what anyone wrote: script that ran there would run with their rights.
"""

import pytest
from django.test import Client

from answers.models import Answer, Feedback, Question, Review, User
from tests.admin.pages import LIST, Elements, get, page_of, press
from tests.factories import (
    make_answer,
    make_conversation,
    make_library,
    make_passage,
    make_question,
    make_review,
)

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "javascript:alert(1)",
    "{{ 7|add:7 }}{% debug %}",
    "<!--<bdi></mark>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)
ALLOWED_SCRIPTS = ("/static/admin/js/", "/admin/jsi18n/")


@pytest.fixture
def review(alice: User, payload: str) -> Review:
    """A review all of whose texts, near and far, are the payload."""
    User.objects.filter(pk=alice.pk).update(first_name=payload[:150])
    library = make_library(payload, owner=alice, is_public=True, description=payload)
    passage = make_passage(library, f"{payload} {payload} {payload}", title=payload)
    conversation = make_conversation(alice, library, title=payload)
    question = make_question(
        conversation,
        payload,
        status="answered",
        model_name=payload,
        model_hash=payload[:64],
    )
    answer = make_answer(question, passage, payload, start=len(payload) + 1)
    Feedback.objects.create(answer=answer, user=alice, helpful=True)
    review = make_review(answer)
    Review.objects.filter(pk=review.pk).update(note=payload)
    return review


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_people_wrote_becomes_markup(
    admin_client: Client, review: Review, payload: str
) -> None:
    press(admin_client, review, "right")  # its text comes back in a message
    answer = Answer.objects.get()
    pages = [
        LIST,
        page_of(review),
        f"{LIST}{review.pk}/history/",
        f"{LIST}{review.pk}/delete/",
        "/admin/",
        f"/admin/answers/passage/{answer.passage_id}/change/",
        f"/admin/answers/library/{answer.passage.library_id}/change/",
        f"/admin/answers/question/{Question.objects.get().pk}/change/",
        f"/admin/answers/answer/{answer.pk}/change/",
        *(
            f"/admin/answers/{name}/"
            for name in ("answer", "conversation", "feedback", "library")
        ),
        *(f"/admin/answers/{name}/" for name in ("passage", "question", "user")),
    ]
    for url in pages:
        assert_harmless(get(admin_client, url), url)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_mark_holds_the_very_text(
    rita_client: Client, review: Review, payload: str
) -> None:
    assert Elements(get(rita_client, LIST)).marks == [payload]
    assert Elements(get(rita_client, page_of(review))).marks == [payload]


def assert_harmless(html: str, url: str) -> None:
    assert "14{" not in html, url  # a template that was rendered would have added
    for tag, attributes in Elements(html).tags:
        assert tag not in {"iframe", "img"} or "alert" not in str(attributes), url
        assert not any(name.startswith("on") for name in attributes), (url, attributes)
        assert "style" not in attributes, (url, tag, attributes)
        link = attributes.get("href") or attributes.get("src") or ""
        assert not link.startswith("javascript:"), url
        if tag == "script":
            assert link.startswith(ALLOWED_SCRIPTS), (url, attributes)


@pytest.mark.parametrize("payload", PAYLOADS[:1])
def test_the_strict_policy_holds_in_the_admin(
    rita_client: Client, review: Review
) -> None:
    policy = rita_client.get(LIST).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
