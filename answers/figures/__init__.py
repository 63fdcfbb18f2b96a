"""Figures of days: made once from what happened, then read instead of it.

::

    questions, feedback, reviews ─► sum_up(day) ─► Figures, bins, tops, Pace ─► Report
                                        ▲
            catch_up: a few days at a look at the dashboard; else a task does it
"""

from answers.figures.catching_up import (
    catch_up,
    catch_up_all,
    days_to_do,
    first_day,
    today,
)
from answers.figures.summing import beginning, sum_up

__all__ = [
    "beginning",
    "catch_up",
    "catch_up_all",
    "days_to_do",
    "first_day",
    "sum_up",
    "today",
]
