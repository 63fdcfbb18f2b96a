"""Conversations that anyone may read who has the link."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from answers.models import Answer, Conversation, Passage, Question
from answers.models.libraries import new_token
from answers.reviewing import confirmation_of
from answers.views.signed_in import SignedInRequest, account_required, posted

SHOWN = 30  # questions on a page
# Not for search engines, not for caches, and the link is not told to other sites. (With
# "no-referrer" browsers send forms with a null origin, which the CSRF check refuses.)
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@dataclass(frozen=True, slots=True)
class SharedQuote:
    """A quote, with the address of its passage for those who may open that."""

    text: str
    title: str
    saved_at: datetime
    url: str
    # Whether a reviewer's word stands behind it. Whose is not said to the whole world.
    confirmed: bool


@account_required
@require_http_methods(["GET", "HEAD", "POST"])
def conversation_share(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say what others would see; share=yes makes the link, share=no ends it."""
    mine = Conversation.objects.visible_to(request.user)
    conversation = get_object_or_404(mine, pk=pk)
    if data := posted(request):
        if data.get("share") == "yes":
            # A link that is there already stays: it may have been given away.
            mine.filter(pk=pk, share_token=None).update(share_token=new_token())
        else:
            mine.filter(pk=pk).update(share_token=None)
            messages.success(request, _("The link does not work any more."))
        return redirect("conversation_share", pk)
    link = ""
    if token := conversation.share_token:
        link = request.build_absolute_uri(reverse("shared", args=[token]))
    context = {"conversation": conversation, "link": link}
    return render(request, "answers/conversation_share.html", context)


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The conversation as it may be read by whoever has the link."""
    live = Conversation.objects.filter(user__is_active=True).select_related("user")
    conversation = get_object_or_404(live, share_token=token)
    page = Paginator(_questions(conversation), SHOWN).get_page(request.GET.get("page"))
    context = {
        "conversation": conversation,
        "page": page,
        "exchanges": _exchanges(request, list(page)),
    }
    response = render(request, "answers/shared.html", context)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def _questions(conversation: Conversation) -> QuerySet[Question]:
    """With the quotes that the owner may still read."""
    quoted = Answer.objects.readable_by(conversation.user).order_by("rank")
    quoted = quoted.select_related("passage").with_confirmations()
    quotes = Prefetch("answers", queryset=quoted)
    asked = conversation.questions.order_by("asked_at", "pk")
    return asked.prefetch_related(quotes)


def _exchanges(
    request: HttpRequest, questions: list[Question]
) -> list[tuple[Question, list[SharedQuote]]]:
    """Quotes link to their passage only where the viewer may read it anyway."""
    quoted = {answer.passage_id for q in questions for answer in q.answers.all()}
    mine = Passage.objects.visible_to(request.user).filter(pk__in=quoted)
    readable = set(mine.values_list("pk", flat=True))
    return [
        (
            question,
            [
                SharedQuote(
                    text=answer.text,
                    title=answer.passage.title,
                    saved_at=answer.passage.created_at,
                    url=(
                        answer.passage.get_absolute_url()
                        if answer.passage_id in readable
                        else ""
                    ),
                    confirmed=_stands(answer),
                )
                for answer in question.answers.all()
            ],
        )
        for question in questions
    ]


def _stands(answer: Answer) -> bool:
    given = confirmation_of(answer)
    return given is not None and given.stands
