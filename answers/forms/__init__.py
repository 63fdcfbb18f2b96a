"""The one validation of what people send, by form or by websocket."""

from answers.forms.asking import AskForm, accept_typed
from answers.forms.libraries import LibraryForm
from answers.forms.organising import BulkForm, DeleteLibraryForm, TagForm
from answers.forms.passages import PassageForm
from answers.forms.questions import Refused

__all__ = [
    "AskForm",
    "BulkForm",
    "DeleteLibraryForm",
    "LibraryForm",
    "PassageForm",
    "Refused",
    "TagForm",
    "accept_typed",
]
