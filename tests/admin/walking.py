"""Every address of the admin, read from its resolver, so that none is forgotten."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, reverse

from answers.models import (
    Answer,
    Conversation,
    Feedback,
    Library,
    Membership,
    Passage,
    Question,
    Recalibration,
    Replay,
    ReplayResult,
    Review,
    ReviewEvent,
    ReviewItem,
    User,
)
from answers.models.figures import Figures
from answers.reviewing import Correction, give, want_second
from tests.factories import (
    make_answer,
    make_conversation,
    make_item,
    make_library,
    make_passage,
    make_question,
)

Rows = Mapping[type[Model], Any]  # the key of a row of each model
KEYS = {"object_id", "pk", "id"}
WITHOUT_PAGES = {Figures}  # the dashboard alone
SITE = "index login password_change autocomplete jsi18n".split()


def addresses(rows: Rows) -> list[str]:
    """Return the address of each page of the admin, for these rows where one has one.

    Fails for a model of ours without a row, and for a kind of key not known here.
    """
    found = [reverse(f"admin:{name}") for name in SITE]
    found.append(reverse("admin:app_list", args=["answers"]))
    for model, model_admin in admin.site._registry.items():
        ours = model._meta.app_label == "answers"
        assert not ours or model in rows or model in WITHOUT_PAGES, model
        for pattern in model_admin.urls:
            assert isinstance(pattern, URLPattern)
            found += _filled(pattern, rows.get(model))
    return found


def _filled(pattern: URLPattern, key: Any) -> Iterator[str]:
    if not pattern.name:
        return  # Django's own, for addresses of long ago
    names = set(pattern.pattern.converters)
    assert names <= KEYS, f"{pattern}: which key is meant?"
    if not names:
        yield reverse(f"admin:{pattern.name}")
    elif key is not None:
        yield reverse(f"admin:{pattern.name}", kwargs=dict.fromkeys(names, key))


def written(
    payload: str, *, asker: User, reviewers: tuple[User, User], **library: Any
) -> Rows:
    """Rows of all kinds whose every text, near and far, is the payload."""
    shelf = make_library(
        payload, owner=asker, description=payload, examples=payload, **library
    )
    passage = make_passage(
        shelf, f"{payload} {payload} {payload}", title=payload, section=payload
    )
    conversation = make_conversation(asker, shelf, title=payload)
    question = make_question(
        conversation,
        payload,
        status="answered",
        model_name=payload,
        model_hash=payload[:64],
    )
    answer = make_answer(question, passage, payload, start=len(payload) + 1)
    feedback = Feedback.objects.create(answer=answer, user=asker, helpful=False)
    item = make_item(answer, external_id="")
    ReviewItem.objects.filter(pk=item.pk).update(external_id=payload)
    want_second(item, by=reviewers[0])
    span = Correction(passage.pk, len(payload) + 1, 2 * len(payload) + 1)
    for reviewer, verdict in zip(reviewers, ("wrong_span", "unclear"), strict=True):
        spans = [span] if verdict == "wrong_span" else []
        review = give(item, verdict, by=reviewer, spans=spans, note=payload)
    ReviewEvent.objects.create(
        kind="changed",
        actor_name=payload,
        item_id=item.pk,
        library_id=shelf.pk,
        old={"verdict": payload, "note": payload, payload: payload},
        new={"spans": [{"text": payload}, payload], "withdrawn": payload},
    )
    replay = _replay(payload, item, reviewers[0])
    recalibration = Recalibration.objects.create(
        model_name=payload,
        model_hash=payload[:64],
        slope=1,
        intercept=0,
        threshold=0,
        reviews=200,
        made_by=reviewers[0],
    )
    return {
        Library: shelf.pk,
        Membership: shelf.memberships.latest("pk").pk,
        Passage: passage.pk,
        Conversation: conversation.pk,
        Question: question.pk,
        Answer: answer.pk,
        Feedback: feedback.pk,
        ReviewItem: item.pk,
        Review: review.pk,
        ReviewEvent: ReviewEvent.objects.latest("pk").pk,
        Replay: replay.pk,
        Recalibration: recalibration.pk,
        User: asker.pk,
    }


def _replay(payload: str, item: ReviewItem, user: User) -> Replay:
    replay = Replay.objects.create(
        model_name=payload,
        serving_name=payload,
        message=payload,
        status="failed",
        total=1,
        started_by=user,
    )
    ReplayResult.objects.create(
        replay=replay,
        item=item,
        gain=0.5,
        serving_text=payload,
        serving_f1=0,
        serving_exact=False,
        serving_score=0.5,
        other_text=payload,
        other_f1=0.5,
        other_exact=False,
        other_score=0.5,
        serving_passage=item.passage,
        other_passage=item.passage,
    )
    return replay
