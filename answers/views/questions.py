"""The forms of the chat page for those without JavaScript, and the feedback.

A form that starts a reading waits for its end and then leads back to the question, so
that the whole chat works by plain requests. With JavaScript the same page talks to
`consumers.ChatConsumer` instead.
"""

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from channels.db import database_sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from answers import asking, limits
from answers.forms import Refused
from answers.forms.asking import accept_typed
from answers.models import (
    Answer,
    Conversation,
    Feedback,
    Person,
    Question,
    User,
)
from answers.views import chat
from answers.views.scopes import number, scope_of
from answers.views.signed_in import SignedInRequest


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
        questions = await database_sync_to_async(_accept)(request, user)
    except Refused as refused:
        page: HttpResponse = await database_sync_to_async(_refused)(
            request, str(refused)
        )
        if refused.retry_after:
            page.status_code = 429
            page.headers["Retry-After"] = str(refused.retry_after)
        return page
    return await _to_the_end(questions)


def _accept(request: HttpRequest, user: User) -> list[Question]:
    address = request.META.get("REMOTE_ADDR", "")
    return accept_typed(request.POST, user=user, address=address)


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    """The page again, with what was typed and what is wrong with it."""
    user, data = request.user, request.POST
    mine = Conversation.objects.visible_to(user)
    conversation = mine.filter(pk=number(data.get("conversation")) or 0).first()
    given = data.getlist("library")
    try:
        passage = data.get("passage")
        scope = scope_of(user, conversation, given=given, passage=passage)
    except Http404:
        scope = scope_of(user, conversation, given=given)
    draft = chat.Draft(
        scope,
        question=data.get("question", ""),
        pasted=data.get("pasted", ""),
        error=reason,
    )
    return chat.show(request, conversation, draft)  # type: ignore[arg-type]


async def _to_the_end(questions: Sequence[Question]) -> HttpResponse:
    """Wait until all are closed; they go on when the browser goes away."""
    for run in [asking.start(question) for question in questions]:
        async for _ in run.follow():
            pass
    return redirect(questions[0])


@login_required
@require_POST
async def read_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Read a question that was interrupted, cancelled or failed once more."""
    user = await request.auser()
    try:
        asking.check_room(user.pk or 0)
        question = await database_sync_to_async(_reopened)(request, user, pk)
    except (asking.TooManyQuestions, limits.TooMany) as error:
        await database_sync_to_async(messages.error)(request, str(error))
        return redirect("question", pk)
    return await _to_the_end([question])


def _reopened(request: HttpRequest, user: Person, pk: UUID) -> Question:
    """Return the question, pending once more if it was closed without an answer.

    One that was interrupted is pending already, and was counted when it was asked.
    Raises limits.TooMany.
    """
    with transaction.atomic():
        question = _mine(user, pk)
        if question.status in {Question.Status.CANCELLED, Question.Status.FAILED}:
            limits.check_again(
                question.conversation.user,
                address=request.META.get("REMOTE_ADDR", ""),
                seconds_for_one=asking.seconds_for(1),
            )
            _reopen(question)
    return _mine(user, pk)


def _reopen(question: Question) -> None:
    Question.objects.filter(pk=question.pk).update(
        status=Question.Status.PENDING,
        finished_at=None,
        error_code="",
        error_message="",
    )


@login_required
@require_POST
async def cancel_question(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = await request.auser()
    question = await database_sync_to_async(_mine)(user, pk)
    run = asking.running(question.pk)
    await asking.cancel(question)
    if run:
        async for _ in run.follow():
            pass
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
