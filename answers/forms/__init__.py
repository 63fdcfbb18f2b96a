"""The one validation of what people send, by form or by websocket."""

from answers.forms.asking import AskForm, Refused
from answers.forms.libraries import LibraryForm
from answers.forms.passages import PassageForm

__all__ = ["AskForm", "LibraryForm", "PassageForm", "Refused"]
