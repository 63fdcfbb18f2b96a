"""Addresses of the site."""

from allauth.account import urls as account_urls
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from qaweb.accounts import for_guests

urlpatterns = [
    path("accounts/", include(for_guests(account_urls.urlpatterns))),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="set_language"),
    path("", include("answers.urls")),
]

handler400 = "answers.views.errors.bad_request"
