"""Whom a library is shared with, and as what."""

from django import forms
from django.utils.translation import gettext_lazy as _

from answers.forms.fields import CleanTextField
from answers.models import Invitation, Membership

ROLES = [(role.value, role.label) for role in Invitation.ROLES]


class MemberForm(forms.Form):
    """A person to be added to a library."""

    name = CleanTextField(
        label=_("User name or e-mail address"),
        help_text=_("An address finds only people who have confirmed it here."),
        max_length=254,
        strip=True,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "dir": "auto",
            }
        ),
        error_messages={"required": _("Please say who.")},
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=ROLES, initial=Membership.Role.VIEWER
    )


class RoleForm(forms.Form):
    """Another role of a member."""

    role = forms.ChoiceField(choices=Membership.Role.choices)


class InvitationForm(forms.Form):
    """What an invitation link makes of whoever follows it."""

    role = forms.ChoiceField(
        label=_("Role"), choices=ROLES, initial=Membership.Role.VIEWER
    )
