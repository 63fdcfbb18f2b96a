"""Questions, sent by form or by websocket."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answers import asking, limits, pasting
from answers.forms.fields import CleanTextField
from answers.forms.questions import (
    Refused,
    Wanted,
    one_question,
    question_text,
    wanted,
)
from answers.forms.rows import NOT_THERE, LibrariesField, RowField
from answers.models import Conversation, Library, Passage, Question, User
from answers.texts import UnacceptableText, words_key

__all__ = ["AskForm", "Refused", "accept_typed"]


class AskForm(forms.Form):
    """Questions and what they ask: checked, and saved once however often they are sent.

    `data` holds `id` and `question`, or `questions`, a list of such; the rest is what
    they ask (see consumers). `address`: where a visitor without an account comes from.
    """

    library = LibrariesField(
        Library.objects.none(),
        required=False,
        error_messages=dict.fromkeys(
            NOT_THERE,
            gettext_lazy("There is no such library, or it is not shared with you."),
        ),
    )
    passage = RowField(
        Passage.objects.none(),
        gettext_lazy("There is no such passage, or it is not shared with you."),
    )
    conversation = RowField(
        Conversation.objects.none(), gettext_lazy("There is no such conversation.")
    )
    pasted = CleanTextField(required=False)
    read_anyway = forms.BooleanField(required=False)

    def __init__(
        self, data: Mapping[str, Any], *, user: User, address: str = ""
    ) -> None:
        super().__init__(data)
        self.user = user
        self.address = address
        pasted = Q(conversation__in=Conversation.objects.visible_to(user))
        visible = Q(pk__in=Library.objects.visible_to(user))
        self._choose("library", Library.objects.filter(visible | pasted))
        self._choose("passage", Passage.objects.visible_to(user).current())
        self._choose("conversation", Conversation.objects.visible_to(user))

    def _choose(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for mypy
        field.queryset = rows

    # -- What is asked ----------------------------------------------------------------

    def clean_pasted(self) -> str:
        text: str = self.cleaned_data["pasted"]
        if not isinstance(self.data.get("pasted", ""), str | None):
            raise ValidationError(_("The pasted text has to be text."), "invalid")
        if text.strip():
            try:
                pasting.check(text)
            except UnacceptableText as error:
                raise ValidationError(str(error), "invalid") from error
        return text if text.strip() else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            self._clean_scope(data)
        return data

    def _clean_scope(self, data: dict[str, Any]) -> None:
        libraries, passage = data["library"], data["passage"]
        if passage and data["pasted"]:
            self.add_error(
                "pasted", _("Please ask either the passage or the pasted text.")
            )
        elif passage and libraries and passage.library not in libraries:
            self.add_error("passage", _("This passage is not in that library."))
        elif passage:
            data["library"] = libraries = [passage.library]
        elif not libraries and not data["pasted"]:
            self.add_error("library", _("Please choose a library."))
        conversation = data["conversation"]
        home = conversation.pk if conversation else None
        if any(one.conversation_id not in (None, home) for one in libraries):
            self.add_error(
                "library",
                _("What was pasted into another conversation is not asked here."),
            )

    # -- Taking it --------------------------------------------------------------------

    def accept(self) -> Question:
        """Save the question, or return the one that was saved under its id before.

        Raises Refused. The conversation is made when the question is its first.
        """
        return self.accept_all()[0]

    def accept_all(self) -> list[Question]:
        """Save all questions or none, and return them in the order given.

        Those that were saved before under their ids are returned as they are. Raises
        Refused.
        """
        wanted = self._wanted()
        earlier = self._earlier(wanted)
        new = [one for one in wanted if one.id not in earlier]
        if new:
            self._check(new)
            try:
                self._save(new, earlier)
            except IntegrityError:  # the same came in twice at once
                earlier = self._earlier(wanted)
                if any(one.id not in earlier for one in wanted):
                    raise
        saved = self._earlier(wanted) if new else earlier
        return [saved[one.id] for one in wanted]

    def ids_for(self, texts: Sequence[str], first: UUID) -> list[UUID]:
        """Return ids for the texts, made of the first, or new ones where it is used.

        That is, for something else. Raises Refused for too many texts.
        """
        self._within(limits.check_size, self.user, len(texts))
        ids = _ids(first, len(texts))
        if self._differs(dict(zip(ids, texts, strict=True))):
            ids = _ids(uuid.uuid4(), len(texts))
        return ids

    def _differs(self, texts: Mapping[UUID, str]) -> bool:
        """Whether something else was asked, or of something else, under these ids.

        A form that is not valid chooses nothing.
        """
        mine = Question.objects.visible_to(self.user)
        before = list(mine.filter(pk__in=texts).prefetch_related("libraries"))
        if any(one.text != one_question(texts[one.pk]) for one in before):
            return True
        if not before or not self.is_valid():
            return False
        passage = self.cleaned_data["passage"]
        chosen = _shelves(self.cleaned_data["library"])
        return any(
            one.passage_id != (passage.pk if passage else None)
            or _shelves(one.libraries.all()) != chosen
            for one in before
        )

    def _wanted(self) -> list[Wanted]:
        """Return what is to be asked; twice the same id is the same question."""
        several = self.data.get("questions")
        if several is None:
            return [wanted(self.data)]
        if not isinstance(several, list) or not several:
            raise Refused("invalid", _("The questions have to be a list."))
        self._within(limits.check_size, self.user, len(several))
        by_id: dict[UUID, Wanted] = {}
        for one in several:
            if not isinstance(one, dict):
                raise Refused("invalid", _("This is not a question."))
            asked = wanted(one)
            by_id.setdefault(asked.id, asked)
        return list(by_id.values())

    def _earlier(self, wanted: Sequence[Wanted]) -> dict[UUID, Question]:
        keys = [one.id for one in wanted]
        if not Question.objects.filter(pk__in=keys).exists():
            return {}
        mine = Question.objects.with_answers(self.user).visible_to(self.user)
        found = mine.in_bulk(keys)
        if len(found) < Question.objects.filter(pk__in=keys).count():
            raise Refused("denied", _("There is no such question."))
        return found

    def _check(self, new: Sequence[Wanted]) -> None:
        for number, one in enumerate(new, 1):
            try:
                question_text(one.text)
            except Refused as refused:
                if len(new) == 1:
                    raise
                sentence = _("Question %(number)d: %(sentence)s")
                values = {"number": number, "sentence": refused.message}
                raise Refused(refused.code, sentence % values) from refused
        if not self.is_valid():
            raise self._refusal()

    def _refusal(self) -> Refused:
        for errors in self.errors.as_data().values():
            for error in errors:
                code = "denied" if error.code in NOT_THERE else "invalid"
                return Refused(code, str(error.messages[0]))
        return Refused("invalid", _("This is not a question."))

    def _within(self, check: Any, *values: Any, **named: Any) -> Any:
        """Refuse what goes beyond a limit."""
        try:
            return check(*values, **named)
        except limits.TooMany as many:
            raise Refused("too_many", str(many), retry_after=many.retry_after) from many

    def _save(self, new: Sequence[Wanted], earlier: Mapping[UUID, Question]) -> None:
        data = self.cleaned_data
        texts = [question_text(one.text) for one in new]
        with transaction.atomic():
            first_at = self._within(
                limits.check,
                self.user,
                len(new),
                address=self.address,
                seconds_for_one=asking.seconds_for(1),
            )
            conversation = data["conversation"] or self._conversation(texts[0], earlier)
            libraries = [*data["library"], *self._pasted(conversation)]
            questions = Question.objects.bulk_create(
                Question(
                    pk=one.id,
                    conversation=conversation,
                    text=text,
                    words_key=words_key(text),
                    passage=data["passage"],
                    read_anyway=data["read_anyway"],
                    asked_at=first_at + timedelta(microseconds=number),
                )
                for number, (one, text) in enumerate(zip(new, texts, strict=True))
            )
            asked = Question.libraries.through
            asked.objects.bulk_create(
                asked(question=question, library=library)
                for question in questions
                for library in dict.fromkeys(libraries)
            )

    def _conversation(
        self, title: str, earlier: Mapping[UUID, Question]
    ) -> Conversation:
        for question in earlier.values():
            return question.conversation
        return Conversation.objects.create(
            user=self.user, title=Conversation.title_for(title)
        )

    def _pasted(self, conversation: Conversation) -> list[Library]:
        if not self.cleaned_data["pasted"]:
            return []
        try:
            return [pasting.paste(conversation, self.cleaned_data["pasted"])]
        except UnacceptableText as error:
            raise Refused("invalid", str(error)) from error


def accept_typed(data: QueryDict, *, user: User, address: str = "") -> list[Question]:
    """Save what the form of the page was sent with; each line is a question.

    A page from the browser's memory brings used ids along: where what is typed or
    chosen then differs from what was asked under them, it is asked under new ones.
    Raises Refused.
    """
    lines = [
        line for line in str(data.get("question", "")).splitlines() if line.strip()
    ]
    asked = lines or [""]
    message: dict[str, Any] = {
        "library": data.getlist("library"),
        **{name: data.get(name) for name in ("passage", "conversation", "pasted")},
        "read_anyway": data.get("read_anyway") == "1",
    }
    first = wanted({"id": data.get("id"), "question": ""}).id
    ids = AskForm(message, user=user).ids_for(asked, first)
    if len(asked) == 1:
        message |= {"id": ids[0], "question": asked[0]}
    else:
        message["questions"] = [
            {"id": key, "question": line} for key, line in zip(ids, asked, strict=True)
        ]
    return AskForm(message, user=user, address=address).accept_all()


def _ids(first: UUID, count: int) -> list[UUID]:
    return [first, *(uuid.uuid5(first, str(line)) for line in range(1, count))]


def _shelves(libraries: Iterable[Library]) -> set[int]:
    """Return their ids, but for what was pasted, perhaps with the question itself."""
    return {one.pk for one in libraries if one.conversation_id is None}
