"""Addresses of the pages."""

from django.urls import include, path

from answers.views import chat, libraries, passages

urlpatterns = [
    path("", chat.chat, name="chat"),
    path("ask/", chat.ask, name="ask"),
    path("conversations/<int:pk>/", chat.conversation, name="conversation"),
    path("questions/<uuid:pk>/", chat.question, name="question"),
    path("questions/<uuid:pk>/again/", chat.read_again, name="read_again"),
    path("questions/<uuid:pk>/cancel/", chat.cancel_question, name="cancel_question"),
    path("answers/<int:pk>/feedback/", chat.feedback, name="feedback"),
    path("libraries/", libraries.libraries, name="libraries"),
    path("libraries/new/", libraries.library_new, name="library_new"),
    path("libraries/<int:pk>/", passages.passages, name="passages"),
    path("libraries/<int:pk>/edit/", libraries.library_edit, name="library_edit"),
    path(
        "libraries/<int:library_pk>/passages/",
        include(
            [
                path("new/", passages.passage_new, name="passage_new"),
                path("<int:pk>/", passages.passage, name="passage"),
                path("<int:pk>/edit/", passages.passage_edit, name="passage_edit"),
                path(
                    "<int:pk>/changes/",
                    passages.passage_changes,
                    name="passage_changes",
                ),
                path(
                    "<int:pk>/archive/",
                    passages.passage_archive,
                    name="passage_archive",
                ),
            ]
        ),
    ),
]
