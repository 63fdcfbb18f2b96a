"""One's own conversations: the list, search in them, renaming, pinning, deleting."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from answers import recalling
from answers.forms.conversations import ConversationForm
from answers.models import Conversation, Question, Review
from answers.views.signed_in import SignedInRequest, posted

LISTED = 40  # on a page


@login_required
@require_safe
def conversations(request: SignedInRequest) -> HttpResponse:
    """All of one's conversations; ?q= looks for words in questions and quotes."""
    words = request.GET.get("q", "").strip()[: recalling.CHARACTERS_USED]
    if words:
        context = {
            "words": words,
            "found": recalling.find(request.user, words),
            "most": recalling.FOUND_AT_MOST,
        }
        return render(request, "answers/recall.html", context)
    mine = Conversation.objects.visible_to(request.user).pinned_first()
    page = Paginator(mine, LISTED).get_page(request.GET.get("page"))
    context = {"page": page, "rows": _with_counts(page)}
    return render(request, "answers/conversations.html", context)


def _with_counts(page: Page[Conversation]) -> list[tuple[Conversation, int]]:
    """Counted for the page alone: a join would count those of all pages."""
    shown = list(page)
    asked = Question.objects.filter(conversation__in=shown).order_by()
    counted = asked.values_list("conversation").annotate(Count("pk"))
    counts = dict(counted)
    return [(one, counts.get(one.pk, 0)) for one in shown]


def _mine(request: SignedInRequest, pk: int) -> Conversation:
    mine = Conversation.objects.visible_to(request.user)
    found: Conversation = get_object_or_404(mine, pk=pk)
    return found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def conversation_rename(request: SignedInRequest, pk: int) -> HttpResponse:
    conversation = _mine(request, pk)
    form = ConversationForm(posted(request), initial={"title": conversation.title})
    if form.is_valid():
        conversation.title = form.cleaned_data["title"]
        conversation.save(update_fields=["title"])
        messages.success(request, _("The conversation has its new title."))
        return redirect(conversation)
    context = {"form": form, "conversation": conversation}
    return render(request, "answers/conversation_form.html", context)


@login_required
@require_POST
def conversation_pin(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep it at the top of the list, pinned=yes, or no longer, pinned=no."""
    conversation = _mine(request, pk)
    pinned = request.POST.get("pinned") == "yes"
    conversation.pinned_at = timezone.now() if pinned else None
    conversation.save(update_fields=["pinned_at"])
    back = request.POST.get("next", "")
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(back, hosts, require_https=request.is_secure()):
        return HttpResponseRedirect(back)  # an address, not the name of a page
    return redirect("conversations")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def conversation_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete it with its questions, answers, what was pasted and what was reviewed."""
    conversation = _mine(request, pk)
    if request.method == "POST":
        recalling.delete(conversation)
        messages.success(request, _("The conversation is deleted."))
        return redirect("conversations")
    context = {
        "conversation": conversation,
        "questions": conversation.questions.count(),
        "reviewed": _reviewed_in(conversation),
        "has_pasted": hasattr(conversation, "pasted"),
    }
    return render(request, "answers/conversation_delete.html", context)


def _reviewed_in(conversation: Conversation) -> int:
    """Count the questions that reviewers have said something of."""
    standing = Review.objects.standing()
    reviewed = standing.filter(item__question__conversation=conversation)
    return reviewed.order_by().values("item").distinct().count()
