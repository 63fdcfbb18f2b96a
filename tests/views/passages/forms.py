"""Where passages are written, and a text that no page may take for markup."""

from django.urls import reverse

from answers.models import Library, Passage

HOSTILE = "</textarea><script>alert(1)</script><b>&amp;"


def add_address(library: Library) -> str:
    return reverse("passage_new", args=[library.pk])


def edit_address(passage: Passage) -> str:
    return reverse("passage_edit", args=[passage.library_id, passage.pk])
