"""Plots as SVG, drawn on the server: geometry here, markup in a template.

    plot = lines("rates", _("Answer rate"), days, [Series(_("answered"), shares)],
                 description=_("…"), of_days=_("Day"), write=percent)
    {% include "admin/answers/plot.html" %}   {# shows `plot`, with its table #}

No script, no style attribute, no library: pygal, the best kept one, writes <style> and
<script> into its pictures, which this site's policy rightly stops. Each series has a
dash pattern, a marker or a hatching of its own, so that none is told by colour alone;
colours (plots.css) are those of light and dark. Texts and numbers are given as they are
to be read: nothing here knows Django or languages, and the template escapes them.
"""

from answers.plotting.bars import bars, stacked
from answers.plotting.drawing import Key, Mark, Plot, Series, Tick
from answers.plotting.lines import Spark, lines, sparkline
from answers.plotting.reliability import Point, Points, reliability

__all__ = [
    "Key",
    "Mark",
    "Plot",
    "Point",
    "Points",
    "Series",
    "Spark",
    "Tick",
    "bars",
    "lines",
    "reliability",
    "sparkline",
    "stacked",
]
