"""The back office: the review desk, and the records behind it."""

from answers.admin import records, reviews

__all__ = ["records", "reviews"]
