"""E-mail addresses of people, as allauth keeps them, and who has confirmed which.

`User.email` is only what somebody has typed: anyone may say that an address is theirs.
"""

from allauth.account.models import EmailAddress

from answers.models import User


def confirmed_by(address: str) -> User | None:
    """Return the person who has shown, by a mail sent to it, that it is theirs."""
    confirmed = EmailAddress.objects.filter(email__iexact=address, verified=True)
    found = list(User.objects.filter(pk__in=confirmed.values("user"))[:2])
    return found[0] if len(found) == 1 else None
