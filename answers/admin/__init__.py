"""The back office: the review desk, and the records behind it."""

from answers.admin import dashboard, log, records, reviews

__all__ = ["dashboard", "log", "records", "reviews"]
