"""The pages of a conversation, the rows of the list, a title meant to do harm."""

from answers.models import Conversation
from tests.views.page import Element

HOSTILE = "<script>alert(1)</script>\u202e=1+1 {{ 7|add:7 }}"


def at(conversation: Conversation, what: str = "") -> str:
    return f"{conversation.get_absolute_url()}{what}"


def titles(shown: Element) -> list[str]:
    return [row.one("h2").one("a").words for row in shown.classed("row")]
