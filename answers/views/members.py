"""Sharing a library: its members, its invitation links, and following one."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answers import sharing as shares
from answers.forms.sharing import InvitationForm, MemberForm, RoleForm
from answers.models import Invitation, Library, Membership, User
from answers.views.sharing import HEADERS
from answers.views.signed_in import SignedInRequest

PAGE = "answers/sharing.html"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sharing(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who may do what in the library; its owners change it here, members read it."""
    seen = Library.objects.visible_to(request.user)
    library = get_object_or_404(seen.filter(memberships__user=request.user), pk=pk)
    if request.method != "POST":
        return _page(request, library, MemberForm())
    act = ACTIONS.get(request.POST.get("do", ""))
    if act is None:
        return HttpResponseBadRequest(_("This button is not known here."))
    try:
        return act(request, library)
    except shares.NotAnOwner as error:
        raise Http404 from error
    except shares.NotShared as error:
        messages.error(request, str(error))
        return redirect("sharing", library.pk)


def _page(request: SignedInRequest, library: Library, form: MemberForm) -> HttpResponse:
    members = library.memberships.select_related("user").order_by("user__username")
    mine = next((one for one in members if one.user_id == request.user.pk), None)
    if mine is None:
        raise Http404
    owns = mine.role == Membership.Role.OWNER
    links = library.invitations.open().select_related("created_by") if owns else []
    context = {
        "library": library,
        "role": mine,
        "owns": owns,
        "may_edit": mine.role in {Membership.Role.OWNER, Membership.Role.EDITOR},
        "members": members,
        "roles": Membership.Role.choices,
        "form": form,
        "invitation_form": InvitationForm(auto_id="invitation_%s"),
        "links": [
            (link, request.build_absolute_uri(link.get_absolute_url()))
            for link in links
        ],
    }
    return render(request, PAGE, context)


def _add(request: SignedInRequest, library: Library) -> HttpResponse:
    form = MemberForm(request.POST)
    if form.is_valid():
        try:
            given = form.cleaned_data
            membership = shares.add_member(
                library, given["name"], given["role"], by=request.user
            )
        except shares.NotAnOwner:
            raise
        except shares.NotShared as error:
            form.add_error("name", str(error))
        else:
            said = _("{name} is a member now: {role}.")
            return _said(request, library, said, membership)
    return _page(request, library, form)


def _change(request: SignedInRequest, library: Library) -> HttpResponse:
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise shares.NotShared(_("This role does not exist."))
    changed = shares.change_role(
        library, _number(request, "member"), form.cleaned_data["role"], by=request.user
    )
    said = _with_links(request, _("{name} has a new role: {role}."), changed)
    return _said(request, library, said, changed.membership)


def _hand_over(request: SignedInRequest, library: Library) -> HttpResponse:
    member = _number(request, "member")
    membership = shares.hand_over(library, member, by=request.user)
    said = _("{name} is the owner now, and you are an editor.")
    return _said(request, library, said, membership)


def _remove(request: SignedInRequest, library: Library) -> HttpResponse:
    member = _number(request, "member")
    changed = shares.remove_member(library, member, by=request.user)
    if changed.membership.user_id != request.user.pk:
        said = _with_links(request, _("{name} is no longer a member."), changed)
        return _said(request, library, said, changed.membership)
    said = _("You have left the library “{title}”.")
    messages.success(request, said.format(title=library.title))
    return redirect("libraries")


def _invite(request: SignedInRequest, library: Library) -> HttpResponse:
    form = InvitationForm(request.POST)
    if not form.is_valid():
        raise shares.NotShared(_("This role does not exist."))
    shares.invite(library, form.cleaned_data["role"], by=request.user)
    messages.success(request, _("The link is there. Copy it and send it."))
    return redirect(f"{reverse('sharing', args=[library.pk])}#links")


def _revoke(request: SignedInRequest, library: Library) -> HttpResponse:
    shares.revoke(library, _number(request, "invitation"), by=request.user)
    messages.success(request, _("The link is revoked: it opens nothing any more."))
    return redirect(f"{reverse('sharing', args=[library.pk])}#links")


def _publish(request: SignedInRequest, library: Library) -> HttpResponse:
    public = request.POST.get("public") == "yes"
    shares.make_public(library, public, by=request.user)
    messages.success(
        request,
        _("Everyone who is signed in may read and ask the library now.")
        if public
        else _("Only members may read and ask the library now."),
    )
    return redirect("sharing", library.pk)


ACTIONS: dict[str, Callable[[SignedInRequest, Library], HttpResponse]] = {
    "add": _add,
    "change": _change,
    "hand-over": _hand_over,
    "remove": _remove,
    "invite": _invite,
    "revoke": _revoke,
    "publish": _publish,
}


def _number(request: SignedInRequest, name: str) -> int:
    """The id that was sent, or one that no row has."""
    given = request.POST.get(name, "")
    fits = given.isascii() and given.isdigit() and len(given) < 19
    return int(given) if fits else -1


def _with_links(request: SignedInRequest, said: str, changed: shares.Changed) -> str:
    """Add that links were closed, for an owner who can make others."""
    if not changed.closed_links or changed.membership.user_id == request.user.pk:
        return said
    closed = _(
        "The open invitation links were closed, too: make new ones for those who still "
        "wait."
    )
    return f"{said} {closed}"


def _said(
    request: SignedInRequest, library: Library, said: str, membership: Membership
) -> HttpResponse:
    name, role = membership.user.get_username(), membership.get_role_display()
    messages.success(request, said.format(name=name, role=role))
    return redirect("sharing", library.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What a link invites to, for whoever has it; accepting takes an account."""
    link = get_object_or_404(
        Invitation.objects.select_related("library", "created_by"), token=token
    )
    person = request.user if isinstance(request.user, User) else None
    if person and person.is_guest:
        person = None
    response = None
    if request.method == "POST":
        response = _accept(request, link, person)
    response = response or _invitation_page(request, link, person)
    for header, value in HEADERS.items():
        response.headers[header] = value
    return response


def _invitation_page(
    request: HttpRequest, link: Invitation, person: User | None
) -> HttpResponse:
    mine = link.library.memberships.filter(user=person).first() if person else None
    is_open = Invitation.objects.open().filter(pk=link.pk).exists()
    context = {
        "link": link if is_open else None,
        "person": person,
        "mine": mine,
        "sign_in": _way_in("account_login", link),
        "sign_up": _way_in("account_signup", link) if settings.SIGN_UP_OPEN else "",
    }
    status = 200 if is_open else 410
    return render(request, "answers/invitation.html", context, status=status)


def _way_in(name: str, link: Invitation) -> str:
    """The page to sign in or up, from which the way leads back to the invitation."""
    return f"{reverse(name)}?{urlencode({'next': link.get_absolute_url()})}"


def _accept(
    request: HttpRequest, link: Invitation, person: User | None
) -> HttpResponse | None:
    if person is None:
        return redirect(_way_in("account_login", link))
    accepted = shares.accept(link.token, by=person)
    if accepted is None:
        return None  # the page says that the link is over
    membership = accepted.membership
    title, role = membership.library.title, membership.get_role_display()
    if accepted.changed:
        said = _("“{title}” is shared with you now. Your role: {role}.")
        messages.success(request, said.format(title=title, role=role))
    else:
        said = _("You are a member of “{title}” already. Your role: {role}.")
        messages.info(request, said.format(title=title, role=role))
    return redirect(membership.library)
