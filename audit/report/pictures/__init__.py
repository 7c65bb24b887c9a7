"""Pictures that answer questions: each gives a blocks.Figure of an SVG of ours, its alt text and its caption; None where nothing can be drawn."""

from audit.report.pictures.coverage import coverage_figure
from audit.report.pictures.intervals import intervals_figure
from audit.report.pictures.rates import rates_figure
from audit.report.pictures.sensitivity import sensitivity_figure
from audit.report.pictures.svg import PICTURE_CSS
from audit.report.pictures.tools import ToolGroup, ToolValue, tools_figure
from audit.report.pictures.wordsfig import words_figure

__all__ = [
    "PICTURE_CSS", "ToolGroup", "ToolValue", "coverage_figure", "intervals_figure", "rates_figure", "sensitivity_figure", "tools_figure",
    "words_figure",
]
