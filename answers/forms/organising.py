"""What is done to many passages at once, and to tags."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from answers.forms.fields import CleanTextField, one_line
from answers.forms.passages import check_tag
from answers.models import Library, Tag, User

MOST_IDS = 1_000  # more are not on one page


class TagForm(forms.Form):
    """The name of a tag."""

    name = CleanTextField(
        label=_("Tag"),
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Please type a tag.")},
    )

    def clean_name(self) -> str:
        name = one_line(self.cleaned_data["name"], gettext("Please type a tag."))
        check_tag(name)
        return name


class BulkForm(forms.Form):
    """What to do, and with which passages."""

    class Action(models.TextChoices):
        TAG = "tag", _("Add the tag")
        UNTAG = "untag", _("Take the tag off")
        MOVE = "move", _("Move")
        ARCHIVE = "archive", pgettext_lazy("verb", "Archive")
        RESTORE = "restore", _("Restore")

    class Scope(models.TextChoices):
        TICKED = "ticked", _("the ticked ones")
        PAGE = "page", _("all on this page")
        ALL = "all", _("all that match")

    action = forms.ChoiceField(choices=Action.choices)
    scope = forms.ChoiceField(choices=Scope.choices)
    name = CleanTextField(required=False)
    target = forms.ModelChoiceField(
        Library.objects.none(),
        required=False,
        error_messages={
            "invalid_choice": _("There is no such library, or it is not yours to edit.")
        },
    )

    def __init__(self, data: QueryDict, *, library: Library, user: User) -> None:
        super().__init__(data)
        self.library = library
        field = self.fields["target"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for mypy
        field.queryset = targets(library, user)
        self.ticked = _numbers(data.getlist("passage"))
        self.shown = _numbers(data.getlist("shown"))

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        action = data.get("action")
        if data.get("scope") == self.Scope.TICKED and not self.ticked:
            said = _("Please tick the passages first, or choose all.")
            self.add_error(None, said)
        if action in (self.Action.TAG, self.Action.UNTAG) and "name" in data:
            self._clean_tag(data, action)
        wrong = "target" in self.errors
        if action == self.Action.MOVE and not data.get("target") and not wrong:
            self.add_error("target", _("Please choose a library to move to."))
        return data

    def _clean_tag(self, data: dict[str, Any], action: str) -> None:
        try:
            check_tag(data["name"])
        except forms.ValidationError as error:
            self.add_error("name", error)
            return
        if not data["name"]:
            self.add_error("name", _("Please type a tag."))
        elif action == self.Action.UNTAG:
            data["tag"] = self.library.tags.filter(name=data["name"]).first()
            if data["tag"] is None:
                said = gettext("No passage of this library has the tag “{name}”.")
                self.add_error("name", said.format(name=data["name"]))

    def ids(self, everything: Iterable[int]) -> list[int]:
        """The passages that are meant; `everything` is all that match the filter."""
        scope = self.cleaned_data["scope"]
        if scope == self.Scope.ALL:
            return list(everything)
        return self.ticked if scope == self.Scope.TICKED else self.shown

    @property
    def tag(self) -> Tag:
        tag = self.cleaned_data["tag"]
        assert isinstance(tag, Tag)  # noqa: S101  for mypy
        return tag

    @property
    def problem(self) -> str:
        """The first thing that is wrong, in a sentence."""
        for errors in self.errors.values():
            return str(errors[0])
        return ""


def targets(library: Library, user: User) -> "models.QuerySet[Library]":
    """Where passages of the library can be moved to."""
    return Library.objects.editable_by(user).exclude(pk=library.pk)


def _numbers(given: Iterable[str]) -> list[int]:
    whole = (one for one in given if one.isascii() and one.isdigit() and len(one) < 19)
    return list(dict.fromkeys(map(int, whole)))[:MOST_IDS]


class DeleteLibraryForm(forms.Form):
    """The title of the library, typed once more."""

    title = CleanTextField(
        label=_("Title of the library"),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _("Please type the title.")},
    )

    def __init__(self, data: Any = None, *, library: Library) -> None:
        super().__init__(data)
        self.library = library

    def clean_title(self) -> str:
        title = " ".join(str(self.cleaned_data["title"]).split())
        if title != " ".join(self.library.title.split()):
            raise ValidationError(
                gettext("This is not the title of the library: nothing is deleted.")
            )
        return title
