"""The help page. Everyone may read it, signed in or not."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from answers.importing import FORMATS


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    context = {
        "formats": ", ".join(sorted(FORMATS)),
        "question_limit": settings.QUESTION_CHARACTERS,
        "passage_limit": settings.PASSAGE_CHARACTERS,
        "passages_read": settings.PASSAGES_READ,
        "libraries_limit": settings.LIBRARIES_PER_QUESTION,
    }
    return render(request, "answers/help.html", context)
