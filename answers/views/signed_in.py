"""What the views know of the person who asks."""

from django.http import HttpRequest, QueryDict

from answers.models import User


class SignedInRequest(HttpRequest):
    """A request that login_required has let through."""

    user: User


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, or None while it is only shown."""
    return request.POST if request.method == "POST" else None
