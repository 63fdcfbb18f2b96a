"""Django's admin, with this project's own site in it."""

from django.contrib.admin.apps import AdminConfig


class ReviewDeskConfig(AdminConfig):
    default_site = "qaweb.desk.ReviewDesk"
