"""Addresses of the pages."""

from django.urls import include, path

from answers.views import (
    chat,
    comparing,
    conversations,
    duplicates,
    exporting,
    exports,
    help_page,
    imports,
    libraries,
    listing,
    members,
    passages,
    questions,
    sharing,
    tags,
    visitors,
)

urlpatterns = [
    path("", chat.chat, name="chat"),
    path("ask/", questions.ask, name="ask"),
    path("visit/", visitors.visit, name="visit"),
    path("conversations/", conversations.conversations, name="conversations"),
    path("conversations/<int:pk>/", chat.conversation, name="conversation"),
    path(
        "conversations/<int:pk>/",
        include(
            [
                path(
                    "rename/",
                    conversations.conversation_rename,
                    name="conversation_rename",
                ),
                path("pin/", conversations.conversation_pin, name="conversation_pin"),
                path("share/", sharing.conversation_share, name="conversation_share"),
                path(
                    "export/",
                    exporting.conversation_export,
                    name="conversation_export",
                ),
                path(
                    "delete/",
                    conversations.conversation_delete,
                    name="conversation_delete",
                ),
            ]
        ),
    ),
    path("shared/<str:token>/", sharing.shared, name="shared"),
    path(
        "questions/<uuid:pk>/export/", exporting.question_export, name="question_export"
    ),
    path("questions/<uuid:pk>/", chat.question, name="question"),
    path("questions/<uuid:pk>/again/", questions.read_again, name="read_again"),
    path(
        "questions/<uuid:pk>/cancel/",
        questions.cancel_question,
        name="cancel_question",
    ),
    path("questions/<uuid:pk>/compare/", comparing.compare, name="compare"),
    path("answers/<int:pk>/feedback/", questions.feedback, name="feedback"),
    path("help/", help_page.help_page, name="help"),
    path("libraries/", libraries.libraries, name="libraries"),
    path("libraries/new/", libraries.library_new, name="library_new"),
    path("libraries/<int:pk>/", listing.passages, name="passages"),
    path("libraries/<int:pk>/bulk/", listing.passages_bulk, name="passages_bulk"),
    path(
        "libraries/<int:pk>/unarchive/",
        listing.passages_unarchive,
        name="passages_unarchive",
    ),
    path("libraries/<int:pk>/edit/", libraries.library_edit, name="library_edit"),
    path("libraries/<int:pk>/delete/", libraries.library_delete, name="library_delete"),
    path("libraries/<int:pk>/sharing/", members.sharing, name="sharing"),
    path("libraries/<int:pk>/export/", exports.library_export, name="library_export"),
    path("invitations/<str:token>/", members.invitation, name="invitation"),
    path("libraries/<int:library_pk>/tags/", tags.tags, name="tags"),
    path("libraries/<int:library_pk>/tags/<int:pk>/", tags.tag, name="tag"),
    path(
        "libraries/<int:library_pk>/tags/<int:pk>/delete/",
        tags.tag_delete,
        name="tag_delete",
    ),
    path(
        "libraries/<int:library_pk>/duplicates/",
        duplicates.duplicates,
        name="duplicates",
    ),
    path(
        "libraries/<int:library_pk>/duplicates/settle/",
        duplicates.duplicates_settle,
        name="duplicates_settle",
    ),
    path("libraries/<int:pk>/import/", imports.import_new, name="import_new"),
    path(
        "libraries/<int:library_pk>/imports/",
        include(
            [
                path("", imports.imports, name="imports"),
                path("<int:pk>/", imports.import_, name="import"),
                path("<int:pk>/cancel/", imports.import_cancel, name="import_cancel"),
            ]
        ),
    ),
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
                path(
                    "<int:pk>/restore/",
                    passages.passage_restore,
                    name="passage_restore",
                ),
                path("<int:pk>/tags/", passages.passage_tags, name="passage_tags"),
            ]
        ),
    ),
]
