"""A library's title, description and example questions."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers.forms.fields import CleanTextField, one_line
from answers.models import Library


class LibraryForm(forms.ModelForm[Library]):
    """A library's title, description and example questions."""

    title = CleanTextField(
        label=_("Title"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Please give the library a title.")},
    )
    description = CleanTextField(
        label=_("Description"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("What its passages are about. Optional."),
    )

    examples = CleanTextField(
        label=_("Example questions"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("Questions to suggest to those who ask it, one a line. Optional."),
    )

    class Meta:
        model = Library
        fields = ("title", "description", "examples")

    def clean_title(self) -> str:
        otherwise = gettext("Please give the library a title.")
        return one_line(self.cleaned_data["title"], otherwise)

    def clean_description(self) -> str:
        return str(self.cleaned_data["description"]).strip()

    def clean_examples(self) -> str:
        lines = (
            " ".join(line.split())
            for line in str(self.cleaned_data["examples"]).splitlines()
        )
        return "\n".join(filter(None, lines))

    def save(self, commit: bool = True) -> Library:
        """Save these fields of a library that is there, and nothing else of it.

        Whom it is shared with may have changed since it was loaded, and one that was
        deleted meanwhile must not come back.
        """
        Library.objects.filter(pk=self.instance.pk).update(**self.cleaned_data)
        return self.instance
