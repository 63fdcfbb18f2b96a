"""E-mail addresses of people, as allauth keeps them, and who has confirmed which.

`User.email` is only what somebody has typed: anyone may say that an address is theirs.
"""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q

from answers.models import User


def confirmed_by(address: str) -> User | None:
    """Return the person who has shown, by a mail sent to it, that it is theirs."""
    confirmed = EmailAddress.objects.filter(email__iexact=address, verified=True)
    found = list(User.objects.filter(pk__in=confirmed.values("user"))[:2])
    return found[0] if len(found) == 1 else None


def is_anothers(address: str, person: User) -> bool:
    """Whether another account has the address, confirmed or not."""
    rows = EmailAddress.objects.filter(email__iexact=address).exclude(user=person)
    people = User.objects.filter(email__iexact=address).exclude(pk=person.pk)
    return bool(rows.exists()) or people.exists()


def corrected(person: User, *, before: str) -> None:
    """Follow a change of `User.email` that allauth knows nothing of.

    Else a new password could still be asked for at the old address. The new one is not
    confirmed, unless the person had done so; others that they have added stay theirs.
    """
    with transaction.atomic():
        theirs = EmailAddress.objects.filter(user=person)
        old = theirs.filter(Q(primary=True) | Q(email__iexact=before))
        old.exclude(email=person.email).delete()
        if person.email:
            theirs.update_or_create(
                user=person, email=person.email, defaults={"primary": True}
            )
