"""What a good answer is: a rule in the criterion, applied to an answer of its kind."""

import operator
import re
from collections.abc import Callable
from datetime import date

from audit.errors import ChecklistError
from audit.policy import months_from
from audit.records import Criterion

_NUMBER = re.compile(r"^\s*(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:[.,]\d+)?)\s*([^\d]*)$")
_THOUSANDS = re.compile(r"^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_DATE = re.compile(r"^(\d{4}-\d\d-\d\d)(?:[ T]\d\d:\d\d(?::\d\d)?)?$")
_BOUND = re.compile(r"^(<=|>=|<|>|==)\s*(-?\d+(?:\.\d+)?)$")
_MONTHS = re.compile(r"^within (\d+) months$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "==": operator.eq,
}
_YES, _NO = {"yes", "y", "true"}, {"no", "n", "false"}
_NOT_APPLICABLE = {"not applicable", "n/a", "na", "n.a"}
_OPEN = {"?", "??", "???", "-", "--", "…", "...", "tbd", "tba", "tbc", "todo", "to do", "unknown", "not known", "don't know", "pending", "x"}


def check_rule(criterion: Criterion, where: str) -> None:
    """Raise ChecklistError when a criterion's rule does not fit its kind of answer."""
    good = criterion.good
    fits = {
        "yes_no": good in ("yes", "no"),
        "choice": isinstance(good, tuple) and bool(good) and set(good) <= set(criterion.choices),
        "number": isinstance(good, str) and bool(_BOUND.match(good)),
        "date": good == "in the future" or (isinstance(good, str) and bool(_MONTHS.match(good))),
        "text": good == "given",
        "file": good == "given",
        "measured": good == "",
    }[criterion.answer]
    if not fits:
        raise ChecklistError(f"criterion {criterion.id!r}: the rule good = {good!r} does not fit {criterion.answer}", where=where)


def is_not_applicable(answer: str) -> bool:
    """Return whether an answer says that the question does not apply."""
    return answer.strip().casefold().rstrip(".") in _NOT_APPLICABLE


def is_good(criterion: Criterion, answer: str, today: date) -> tuple[bool, str]:
    """Return whether an answer meets the criterion's rule, and the reason in words.

    Raises ValueError, saying what was expected, for an answer that is not of the criterion's kind.
    """
    check = {"yes_no": _yes_no, "choice": _choice, "number": _number, "date": _date}.get(criterion.answer, _given)
    return check(criterion, answer.strip(), today)


def _given(criterion: Criterion, answer: str, today: date) -> tuple[bool, str]:
    if answer.casefold() in _OPEN:
        raise ValueError("what is asked for, or leave it empty: it then counts as not assessed")
    return True, "given"


def _yes_no(criterion: Criterion, answer: str, today: date) -> tuple[bool, str]:
    word = answer.casefold().rstrip(".")
    if word not in _YES | _NO:
        raise ValueError("yes or no")
    said = "yes" if word in _YES else "no"
    return said == criterion.good, f"the answer is {said}"


def _choice(criterion: Criterion, answer: str, today: date) -> tuple[bool, str]:
    known = {choice.casefold(): choice for choice in criterion.choices}
    if answer.casefold() not in known:
        raise ValueError("one of: " + "; ".join(criterion.choices))
    choice = known[answer.casefold()]
    return choice in criterion.good, f"the answer is {choice!r}"


def _number(criterion: Criterion, answer: str, today: date) -> tuple[bool, str]:
    match = _NUMBER.match(answer)
    if match is None or not _is_unit(match[2], criterion.unit):
        raise ValueError(f"a number{f' of {criterion.unit}' if criterion.unit else ''}")
    value = float(match[1].replace(",", "" if _THOUSANDS.match(match[1]) else "."))
    bound = _BOUND.match(str(criterion.good))
    assert bound is not None   # checked when the checklist was read
    unit = f" {criterion.unit}" if criterion.unit else ""
    return _COMPARE[bound[1]](value, float(bound[2])), f"the answer is {value:g}{unit}; wanted is {criterion.good}{unit}"


def _is_unit(given: str, unit: str) -> bool:
    """Whether what stands behind a number is the criterion's unit, also in part ("days" for school days) or as a sign."""
    word = given.strip().casefold().rstrip(".")
    signs = {"percent": "%", "days": "d", "hours": "h"}
    names = {unit.casefold(), *unit.casefold().split(), *(signs[name] for name in unit.casefold().split() if name in signs)}
    return not word or word in names or f"{word}s" in names


def _date(criterion: Criterion, answer: str, today: date) -> tuple[bool, str]:
    match = _DATE.match(answer)
    try:
        day = date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise ValueError("a date as 2026-11-21") from None
    if criterion.good == "in the future":
        return day > today, f"the date is {day}; it must lie after {today}"
    oldest = months_from(today, -int(str(criterion.good).split()[1]))
    return oldest <= day <= today, f"the date is {day}; wanted is {criterion.good} of {today}"
