"""The chat page, and the forms on it for those without JavaScript.

A form that starts a reading waits for its end and then leads back to the question, so
that the whole chat works by plain requests. With JavaScript the same page talks to
`consumers.ChatConsumer` instead.
"""

import time
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from answers import asking
from answers.forms import AskForm, Refused
from answers.models import (
    Answer,
    Conversation,
    Feedback,
    Library,
    Passage,
    Person,
    Question,
    User,
)
from answers.views.signed_in import SignedInRequest

CONVERSATIONS_LISTED = 40


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form at the foot of the page holds when it is opened."""

    question: str = ""
    library: int | None = None  # the one chosen
    passage: Passage | None = None  # set: only this one is asked
    error: str = ""


@login_required
@require_safe
def chat(request: SignedInRequest) -> HttpResponse:
    """A new conversation; ?library=, ?passage= and ?question= fill the form in."""
    draft = Draft(
        question=request.GET.get("question", ""),
        library=_number(request.GET.get("library")),
        passage=_only_passage(request.user, request.GET.get("passage")),
    )
    return _page(request, None, draft)


@login_required
@require_safe
def conversation(request: SignedInRequest, pk: int) -> HttpResponse:
    mine = Conversation.objects.visible_to(request.user)
    return _page(request, get_object_or_404(mine, pk=pk), Draft())


@login_required
@require_safe
def question(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The address of a question, which stays when the page around it changes."""
    return redirect(_mine(request.user, pk))


def _page(
    request: SignedInRequest,
    conversation: Conversation | None,
    draft: Draft,
) -> HttpResponse:
    libraries = list(Library.objects.visible_to(request.user))
    chosen = draft.library or _library_asked_last(request.user, conversation)
    asked = [library for library in libraries if library.pk == chosen] or libraries[:1]
    context = {
        "conversation": conversation,
        "exchanges": _exchanges(conversation, request.user),
        "history": _history(request),
        "libraries": libraries,
        "asked_library": asked[0] if asked else None,
        "only_passage": draft.passage,
        "question_id": uuid.uuid4(),
        "question_text": draft.question,
        "question_limit": settings.QUESTION_CHARACTERS,
        "ask_error": draft.error,
        "seq": time.time_ns() // 1000,  # microseconds: what the socket numbers with
    }
    return render(request, "answers/chat.html", context)


def _history(request: SignedInRequest) -> Page[Conversation]:
    mine = Conversation.objects.visible_to(request.user)
    newest_first = mine.order_by("-updated_at", "-pk")
    return Paginator(newest_first, CONVERSATIONS_LISTED).get_page(
        request.GET.get("history")
    )


def _exchanges(
    conversation: Conversation | None, user: User
) -> list[dict[str, object]]:
    """What _exchange.html shows of each question of the conversation, in order."""
    if conversation is None:
        return []
    questions = conversation.questions.with_answers(user).order_by("asked_at", "pk")
    return [
        {
            "question": question,
            "answers": list(question.answers.all()),
            "read": question.passages_read,
            "total": question.passages_read,
            "final": not question.is_pending,
            "interrupted": question.is_pending and asking.running(question.pk) is None,
        }
        for question in questions
    ]


def _library_asked_last(user: User, conversation: Conversation | None) -> int | None:
    mine = Question.objects.visible_to(user).order_by("-asked_at")
    if conversation:
        mine = mine.filter(conversation=conversation)
    last = mine.first()
    asked = last.libraries.first() if last else None
    return asked.pk if asked else None


def _only_passage(user: Person, given: str | None) -> Passage | None:
    if not given:
        return None
    current = Passage.objects.visible_to(user).current().select_related("library")
    return get_object_or_404(current, pk=_number(given))


def _number(given: str | None) -> int | None:
    return int(given) if given and given.isascii() and given.isdigit() else None


def _mine(user: Person, pk: UUID) -> Question:
    """Return the question with all its page shows, or raise Http404."""
    mine = Question.objects.with_answers(user).visible_to(user)
    question: Question = get_object_or_404(mine, pk=pk)
    return question


@require_http_methods(["GET", "HEAD", "POST"])
async def ask(request: HttpRequest) -> HttpResponse:
    """Ask without JavaScript: wait for the answers, then show the conversation."""
    if request.method != "POST":
        return redirect("chat")  # where signing in leads back to
    user = await request.auser()
    if not isinstance(user, User):
        words = urlencode({"question": request.POST.get("question", "")[:1000]})
        return redirect_to_login(f"{reverse('chat')}?{words}")
    try:
        asking.check_room(user.pk)
        question = await database_sync_to_async(_accept)(request.POST, user)
    except (Refused, asking.TooManyQuestions) as refused:
        page: HttpResponse = await database_sync_to_async(_refused)(
            request, str(refused)
        )
        return page
    return await _to_the_end(question)


def _accept(data: QueryDict, user: User) -> Question:
    """Save the question; a page from the browser's memory brings a used id along."""
    question = AskForm(data, user=user).accept()
    if question.text == " ".join(data.get("question", "").split()):
        return question
    data = data.copy()
    data["id"] = str(uuid.uuid4())
    return AskForm(data, user=user).accept()


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    """The page again, with what was typed and what is wrong with it."""
    user, data = request.user, request.POST
    mine = Conversation.objects.visible_to(user)
    conversation = mine.filter(pk=_number(data.get("conversation")) or 0).first()
    try:
        passage = _only_passage(user, data.get("passage"))
    except Http404:
        passage = None
    draft = Draft(
        question=data.get("question", ""),
        library=_number(data.get("library")),
        passage=passage,
        error=reason,
    )
    return _page(request, conversation, draft)  # type: ignore[arg-type]


async def _to_the_end(question: Question) -> HttpResponse:
    """Wait until the question is closed; it goes on when the browser goes away."""
    async for _ in asking.start(question).follow():
        pass
    return redirect(question)


@login_required
@require_POST
async def read_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Read a question that was interrupted, cancelled or failed once more."""
    user = await request.auser()
    try:
        asking.check_room(user.pk or 0)
    except asking.TooManyQuestions as error:
        await database_sync_to_async(messages.error)(request, str(error))
        return redirect("question", pk)
    question = await database_sync_to_async(_reopened)(user, pk)
    return await _to_the_end(question)


def _reopened(user: Person, pk: UUID) -> Question:
    question = _mine(user, pk)
    over = [Question.Status.CANCELLED, Question.Status.FAILED]
    Question.objects.filter(pk=question.pk, status__in=over).update(
        status=Question.Status.PENDING,
        finished_at=None,
        error_code="",
        error_message="",
    )
    return _mine(user, pk)


@login_required
@require_POST
async def cancel_question(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = await request.auser()
    question = await database_sync_to_async(_mine)(user, pk)
    if run := asking.running(question.pk):
        run.cancel()
        async for _ in run.follow():
            pass
    elif question.is_pending:
        cancelled = Question.Status.CANCELLED
        await database_sync_to_async(asking.save)(question, cancelled, [])
    return redirect(question)


@login_required
@require_POST
def feedback(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say whether an answer helped: helpful=yes, no, or none to take it back."""
    mine = Answer.objects.visible_to(request.user)
    answer = get_object_or_404(mine.select_related("question__conversation"), pk=pk)
    given = request.POST.get("helpful")
    if given == "none":
        Feedback.objects.filter(answer=answer, user=request.user).delete()
    elif given in {"yes", "no"}:
        Feedback.objects.update_or_create(
            answer=answer, user=request.user, defaults={"helpful": given == "yes"}
        )
    else:
        return JsonResponse({"error": "helpful is yes, no or none."}, status=400)
    if request.accepts("text/html"):
        page = answer.question.conversation.get_absolute_url()
        return redirect(f"{page}#answer-{pk}")
    return JsonResponse({"helpful": given})
