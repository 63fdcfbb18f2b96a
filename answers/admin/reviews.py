"""The review desk: what waits, what was said, and by whom."""

from django.contrib import admin

from answers.models import ReviewItem

admin.site.register(ReviewItem)
