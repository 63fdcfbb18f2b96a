"""The back office: the review desk, and the records behind it."""

from answers.admin import (
    calibration,
    dashboard,
    log,
    members,
    records,
    replays,
    reviews,
)

__all__ = [
    "calibration",
    "dashboard",
    "log",
    "members",
    "records",
    "replays",
    "reviews",
]
