"""The back office: the review desk, and the records behind it."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from answers.admin import records, reviews

__all__ = ["records", "reviews"]

admin.site.site_header = _("qaweb review desk")
admin.site.site_title = "qaweb"
admin.site.index_title = _("Review and records")
admin.site.enable_nav_sidebar = False  # the answers need the width
# One way in, with its limit on failed attempts: Django's own form has none.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
