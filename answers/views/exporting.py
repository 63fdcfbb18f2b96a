"""Conversations to take away: Markdown, JSON and CSV, streamed."""

from collections.abc import AsyncIterator
from uuid import UUID

from channels.db import database_sync_to_async
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from answers import citing
from answers.models import Conversation, Question
from answers.texts import file_name
from answers.views.signed_in import SignedInRequest


@login_required
@require_safe
def conversation_export(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The conversation as ?format=markdown, json or csv; without, a page to choose."""
    mine = Conversation.objects.visible_to(request.user)
    conversation = get_object_or_404(mine, pk=pk)
    if "format" not in request.GET:
        return _choice(request, conversation, None)
    return _file(request, conversation, conversation.questions.all())


@login_required
@require_safe
def question_export(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """One question of it, in the same formats."""
    mine = Question.objects.visible_to(request.user).select_related("conversation")
    question = get_object_or_404(mine, pk=pk)
    if "format" not in request.GET:
        return _choice(request, question.conversation, question)
    only = Question.objects.filter(pk=question.pk)
    return _file(request, question.conversation, only)


def _choice(
    request: SignedInRequest, conversation: Conversation, question: Question | None
) -> HttpResponse:
    context = {"conversation": conversation, "question": question}
    return render(request, "answers/conversation_export.html", context)


def _file(
    request: SignedInRequest, conversation: Conversation, questions: QuerySet[Question]
) -> StreamingHttpResponse:
    """Raises Http404 for a format that there is not."""
    writer_class = citing.WRITERS.get(request.GET["format"])
    if writer_class is None:
        raise Http404
    writer = writer_class()
    name = f"{file_name(conversation.title, 'conversation')}.{writer.suffix}"
    return StreamingHttpResponse(
        _pieces(writer, conversation, questions, request),
        headers={
            "Content-Type": f"{writer.media_type}; charset=utf-8",
            "Content-Disposition": content_disposition_header(True, name) or "",
            "Cache-Control": "private, no-store",
        },
    )


async def _pieces(
    writer: citing.Writer,
    conversation: Conversation,
    questions: QuerySet[Question],
    request: SignedInRequest,
) -> AsyncIterator[bytes]:
    """Yield the file a batch of questions at a time: memory stays flat.

    The thread that reads and writes a batch knows neither the language nor the person
    of the request, so both are handed over.
    """
    language, user = get_language(), request.user
    whole = request.build_absolute_uri

    def next_piece(last: Question | None) -> tuple[str, Question | None]:
        with override(language):
            batch = citing.batch_after(questions, user, last)
            written = [
                writer.write(
                    citing.record_of(asked, whole),
                    first=last is None and number == 0,
                )
                for number, asked in enumerate(batch)
            ]
        return "".join(written), batch[-1][0] if batch else None

    with override(language):
        heading = writer.begin(citing.heading_of(conversation, whole))
    yield heading.encode()
    last = None
    while True:
        piece, last = await database_sync_to_async(next_piece)(last)
        if last is None:
            break
        yield piece.encode()
    yield writer.end().encode()
