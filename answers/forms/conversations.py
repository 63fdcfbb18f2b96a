"""The title of a conversation."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers.forms.fields import CleanTextField, one_line


class ConversationForm(forms.Form):
    """A title that the person has chosen."""

    title = CleanTextField(
        label=_("Title"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Please give the conversation a title.")},
    )

    def clean_title(self) -> str:
        otherwise = gettext("Please give the conversation a title.")
        return one_line(self.cleaned_data["title"], otherwise)
