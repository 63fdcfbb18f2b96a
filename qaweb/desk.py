"""The admin of this site: for staff, and for whoever reviews a library of their own.

Not in answers/admin: importing that package registers with the site, which would be
made twice, and the registrations be lost with the first one.
"""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from answers.reviewing.permitting import reviews_a_library


class ReviewDesk(admin.AdminSite):
    site_header = _("qaweb review desk")
    site_title = "qaweb"
    index_title = _("Review and records")
    enable_nav_sidebar = False  # the answers need the width

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) or reviews_a_library(request.user)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send everyone to the one way in, which limits failed attempts.

        Django's own form has no such limit.
        """
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        response: HttpResponse = secure_admin_login(super().login)(
            request, extra_context
        )
        return response
