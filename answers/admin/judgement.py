"""What a reviewer sends from the screen of an item, read and checked."""

import re
import time
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answers.forms.fields import CleanTextField
from answers.models import Review, User, Verdict
from answers.reviewing import Correction
from answers.reviewing.selecting import Place

SPAN = re.compile(r"(\d{1,18}):(\d{1,9}):(\d{1,9})", re.ASCII)
LONGEST_LOOK = 3600  # seconds; who says more went away meanwhile
MOST_UNITS = 1 << 31
SIGNER = signing.Signer(salt="answers.admin.judgement")


class SpansField(forms.Field):
    """Any number of spans: "passage:start:end", in code points."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[Correction]:
        return list(dict.fromkeys(self._span(each) for each in value or []))

    def _span(self, value: str) -> Correction:
        found = SPAN.fullmatch(value)
        if found is None:
            raise ValidationError(_("A marked span was not understood."))
        return Correction(*map(int, found.groups()))


class JudgementForm(forms.Form):
    verdict = forms.ChoiceField(
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a verdict first."),
            "invalid_choice": gettext_lazy("Choose one of the five verdicts."),
        },
    )
    # Clean before it is measured: browsers count a line's end once, and send it as two.
    note = CleanTextField(
        required=False, max_length=2000, strip=True, widget=forms.Textarea
    )
    span = SpansField(required=False)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def unsent(cls, typed: QueryDict) -> "JudgementForm":
        """Return the form as the person has filled it in, without a look at faults."""
        spans = typed.getlist("span")
        return cls(initial={**typed.dict(), "span": spans})

    @classmethod
    def of(cls, review: Review | None, shown: str) -> "JudgementForm":
        """Return the form, not sent yet, with what the person has said before."""
        if review is None:
            return cls(initial={"shown": shown})
        spans = () if review.verdict == Verdict.RIGHT else review.spans.all()
        said = [f"{one.passage_id}:{one.start}:{one.end}" for one in spans]
        return cls(
            initial={
                "verdict": review.verdict,
                "note": review.note,
                "span": said,
                "shown": shown,
            }
        )

    def spans_shown(self) -> list[Correction]:
        """Return the spans that the page lists: what was sent, or said before."""
        values: Iterable[str] = self["span"].value() or ()
        found = (SPAN.fullmatch(value) for value in values)
        return [Correction(*map(int, span.groups())) for span in found if span]


class SelectionForm(forms.Form):
    """A selection in a passage, as a browser counts it."""

    passage = forms.IntegerField(min_value=1, max_value=1 << 62)
    start_segment = forms.IntegerField(min_value=0, max_value=MOST_UNITS)
    start_units = forms.IntegerField(min_value=0, max_value=MOST_UNITS)
    end_segment = forms.IntegerField(min_value=0, max_value=MOST_UNITS)
    end_units = forms.IntegerField(min_value=0, max_value=MOST_UNITS)
    quoted = forms.CharField(strip=False)

    @property
    def ends(self) -> tuple[Place, Place]:
        sent = self.cleaned_data
        return (
            Place(sent["start_segment"], sent["start_units"]),
            Place(sent["end_segment"], sent["end_units"]),
        )


def shown_now(item: int, user: User) -> str:
    """Return a sealed note of when the person was shown the item."""
    return SIGNER.sign(f"{item}:{user.pk}:{int(time.time())}")


def seconds_since(shown: str, item: int, user: User) -> int | None:
    """Return how long ago that was; None where the note is no such note."""
    try:
        of, by, at = (int(part) for part in SIGNER.unsign(shown).split(":"))
    except (signing.BadSignature, ValueError):
        return None
    if (of, by) != (item, user.pk):
        return None
    return min(max(0, int(time.time()) - at), LONGEST_LOOK)
