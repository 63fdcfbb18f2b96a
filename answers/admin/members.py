"""Members of libraries, for administrators: as on the page that shares a library.

Through `sharing`, so that a library keeps an owner, and that nobody comes back by a
link. The person and the library of a membership never change, only the role.
"""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answers import sharing
from answers.admin.bounded import BoundedAdmin
from answers.models import Library, Membership, User

OWNER = Membership.Role.OWNER


class MembershipForm(forms.ModelForm[Membership]):
    """What a person may do in a library."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in {"user", "library"} & self.fields.keys():
                self.fields[name].disabled = True


class LoneMembershipForm(MembershipForm):
    """The same, on a page of its own."""

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if self.instance.pk and role != OWNER:
            try:
                sharing.check_another_owner(self.instance)
            except sharing.NotShared as error:
                raise ValidationError(str(error)) from error
        return role


class MembershipFormSet(
    BaseInlineFormSet[Membership, Library, forms.ModelForm[Membership]]
):
    """The members of one library, on its page."""

    def clean(self) -> None:
        """Look for an owner who can sign in; whoever adds a library may become it."""
        super().clean()
        kept = [form for form in self.forms if not form.cleaned_data.get("DELETE")]
        if any(form.errors for form in kept) or not self.has_changed():
            return
        left = [form.instance for form in kept if form.instance.user_id]
        owners = [one.user for one in left if one.role == OWNER]
        if not owners and self.instance._state.adding:
            return
        if not any(owner.is_active for owner in owners):
            raise ValidationError(sharing.NEEDS_OWNER)

    def save_through_sharing(self, request: HttpRequest) -> None:
        """Save it all, who rises first: so there is an owner at any time."""
        self.save(commit=False)
        for new in self.new_objects:
            new.save()
        changed = [row for row, _fields in self.changed_objects]
        for row in sorted(changed, key=lambda row: row.role != OWNER):
            _give(request, row)
        for row in self.deleted_objects:
            _end(request, row)


class MembershipInline(admin.TabularInline[Membership, Library]):
    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    extra = 0
    autocomplete_fields = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "library")


@admin.register(Membership)
class MembershipAdmin(BoundedAdmin):
    """Members of libraries that have more than their page shows."""

    form = LoneMembershipForm
    list_display = ("user", "library", "role")
    list_select_related = ("user", "library")
    list_filter = ("role",)
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("user__username__istartswith",)
    search_help_text = gettext_lazy("The name of a member")
    autocomplete_fields = ("user", "library")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        mine = Library.objects.reviewable_by(request.user)
        return Membership.objects.filter(library__in=mine)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Keep whoever alone could share and delete a library."""
        *others, protected = super().get_deleted_objects(objs, request)
        leaving = Membership.objects.filter(pk__in=[one.pk for one in objs])
        return *others, [*protected, *owners_needed(leaving)]

    def save_model(
        self, request: HttpRequest, obj: Membership, form: Any, change: bool
    ) -> None:
        if change:
            _give(request, obj)
        else:
            super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        _end(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            for membership in queryset:
                _end(request, membership)


def owners_needed(leaving: QuerySet[Membership]) -> list[str]:
    """Say for which libraries nobody of these may go."""
    said = _("%(title)s: make somebody else its owner, or delete it, first.")
    alone = sharing.left_without_owner(leaving)
    return [said % {"title": library.title} for library in alone]


def _give(request: HttpRequest, wanted: Membership) -> None:
    """Give the role that a form has set, and nobody has saved yet."""
    membership = Membership.objects.get(pk=wanted.pk)
    _tell(request, sharing.give(membership, wanted.role, by=cast(User, request.user)))


def _end(request: HttpRequest, row: Membership) -> None:
    membership = Membership.objects.get(pk=row.pk)
    _tell(request, sharing.end(membership, by=cast(User, request.user)))


def _tell(request: HttpRequest, changed: sharing.Changed) -> None:
    if changed.closed_links:
        said = _("The open invitation links to “%(title)s” were closed, too.")
        title = changed.membership.library.title
        messages.info(request, said % {"title": title})
