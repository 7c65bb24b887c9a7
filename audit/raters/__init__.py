"""Human raters: blinded sheets out, scores back in, how far people agree, and their scores as a set's truth."""

from audit.raters.collected import Collected, collect
from audit.raters.key import Key, Sheet, Shown, read_key
from audit.raters.report import RatersReport, report_on
from audit.raters.sheets import Order, Written, export
from audit.raters.truth import Rule, Truths, with_truth, write_rated

__all__ = [
    "Collected",
    "Key",
    "Order",
    "RatersReport",
    "Rule",
    "Sheet",
    "Shown",
    "Truths",
    "Written",
    "collect",
    "export",
    "read_key",
    "report_on",
    "with_truth",
    "write_rated",
]
