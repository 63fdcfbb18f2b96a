"""The chat page: a conversation, newest questions last, and the form below it."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from answers import asking, limits
from answers.consumers import largest_message
from answers.models import Conversation, Question, User
from answers.suggesting import suggestions
from answers.views import visitors
from answers.views.scopes import Scope, scope_of
from answers.views.signed_in import SignedInRequest

CONVERSATIONS_LISTED = 40
QUESTIONS_SHOWN = 30  # of a conversation on one page; older ones are a link away
SUGGESTIONS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form at the foot of the page holds when it is opened."""

    scope: Scope
    question: str = ""
    pasted: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The questions of a conversation that one page shows, in order."""

    questions: list[Question] = field(default_factory=list)
    earlier: int = 0  # how many are older
    has_later: bool = False


@require_safe
def chat(request: SignedInRequest) -> HttpResponse:
    """A new conversation; ?library=, ?passage= and ?question= fill the form in."""
    if not request.user.is_authenticated:
        return visitors.welcome(request)
    return show(request, None, _draft(request, None))


@login_required
@require_safe
def conversation(request: SignedInRequest, pk: int) -> HttpResponse:
    """A conversation; ?before= a question's id shows what is older than that."""
    mine = Conversation.objects.visible_to(request.user)
    conversation = get_object_or_404(mine, pk=pk)
    return show(request, conversation, _draft(request, conversation))


@login_required
@require_safe
def question(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The address of a question, which stays when the page around it changes."""
    mine = Question.objects.visible_to(request.user).select_related("conversation")
    question = get_object_or_404(mine, pk=pk)
    place, anchor = question.get_absolute_url().split("#")
    later = question.conversation.questions.filter(_later_than(question))
    in_order = later.order_by("asked_at", "pk")
    if border := in_order[QUESTIONS_SHOWN - 1 : QUESTIONS_SHOWN].first():
        return redirect(f"{place}?before={border.pk}#{anchor}")
    return redirect(question)


def _draft(request: SignedInRequest, conversation: Conversation | None) -> Draft:
    given, passage = request.GET.getlist("library"), request.GET.get("passage")
    try:
        scope = scope_of(request.user, conversation, given=given, passage=passage)
    except Http404:
        # A question to be asked again outlives the passage: its library is asked.
        if "question" not in request.GET:
            raise
        scope = scope_of(request.user, conversation, given=given)
    return Draft(scope, question=request.GET.get("question", ""))


def show(
    request: SignedInRequest, conversation: Conversation | None, draft: Draft
) -> HttpResponse:
    """The page with the form as the draft says."""
    excerpt = _excerpt(conversation, request)
    context = {
        "conversation": conversation,
        "excerpt": excerpt,
        "exchanges": [_exchange(question) for question in excerpt.questions],
        "history": _history(request),
        "scope": draft.scope,
        "tour": _is_new(request, conversation),
        "suggestions": _suggestions(draft.scope, request.user, excerpt.questions),
        "question_id": uuid.uuid4(),
        "question_text": draft.question,
        "pasted_text": draft.pasted,
        "question_limit": settings.QUESTION_CHARACTERS,
        "pasted_limit": settings.PASSAGE_CHARACTERS,
        "libraries_limit": settings.LIBRARIES_PER_QUESTION,
        "questions_limit": limits.questions_at_once(request.user),
        "too_many_questions": limits.too_many_at_once(request.user, "{n}"),
        "message_limit": largest_message(),
        "ask_error": draft.error,
        "seq": time.time_ns() // 1000,  # microseconds: what the socket numbers with
    }
    return render(request, "answers/chat.html", context)


def _is_new(request: SignedInRequest, conversation: Conversation | None) -> bool:
    """Whether the tour is shown: asked for, or nothing was done here yet."""
    if "tour" in request.GET:
        return True
    mine = Conversation.objects.visible_to(request.user)
    return conversation is None and not request.GET and not mine.exists()


def _history(request: SignedInRequest) -> Page[Conversation]:
    mine = Conversation.objects.visible_to(request.user)
    return Paginator(mine.pinned_first(), CONVERSATIONS_LISTED).get_page(
        request.GET.get("history")
    )


def _excerpt(conversation: Conversation | None, request: SignedInRequest) -> Excerpt:
    if conversation is None:
        return Excerpt()
    asked = conversation.questions.with_answers(request.user)
    border = _question_of(conversation, request.GET.get("before"))
    if border:
        asked = asked.exclude(_later_than(border)).exclude(pk=border.pk)
    newest_first = asked.order_by("-asked_at", "-pk")
    shown = list(newest_first[:QUESTIONS_SHOWN])
    earlier = asked.count() - len(shown) if len(shown) == QUESTIONS_SHOWN else 0
    return Excerpt(shown[::-1], earlier, has_later=border is not None)


def _question_of(conversation: Conversation, given: str | None) -> Question | None:
    try:
        return conversation.questions.filter(pk=UUID(given or "")).first()
    except ValueError:
        return None


def _later_than(question: Question) -> Q:
    at = question.asked_at
    return Q(asked_at__gt=at) | Q(asked_at=at, pk__gt=question.pk)


def _exchange(question: Question) -> dict[str, object]:
    """What _exchange.html shows of a question."""
    return {
        "question": question,
        "answers": list(question.answers.all()),
        "read": question.passages_read,
        "total": question.passages_read,
        "final": not question.is_pending,
        "interrupted": question.is_pending and asking.running(question.pk) is None,
    }


def _suggestions(scope: Scope, user: User, shown: Sequence[Question]) -> list[str]:
    """Questions worth asking of what is chosen: on an empty page and after a "no".

    `shown`: the questions on the page, which have been asked.
    """
    libraries = scope.asked
    if not libraries or scope.passage:
        return []
    asked = [question.text for question in shown]
    return suggestions(libraries, user, SUGGESTIONS_SHOWN, without=asked)
