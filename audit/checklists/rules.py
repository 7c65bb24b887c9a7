"""What a good answer is: a rule in the criterion, applied to an answer of its kind."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from audit.errors import ChecklistError
from audit.policy import months_from
from audit.records import Criterion

_NUMBER = re.compile(r"^\s*(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:[.,]\d+)?)\s*([^\d]*)$")
_THOUSANDS = re.compile(r"^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_DATE = re.compile(r"^(\d{4}-\d\d-\d\d)(?:[ T]\d\d:\d\d(?::\d\d)?)?$")
_BOUND = re.compile(r"^(<=|>=|<|>|==)\s*(-?\d+(?:\.\d+)?)$")
_MONTHS = re.compile(r"^within (\d{1,6}) months$")
_MOST_MONTHS = 1_200
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "==": operator.eq,
}
_YES, _NO = {"yes", "y", "true"}, {"no", "n", "false"}
_NOT_APPLICABLE = {"not applicable", "n/a", "na", "n.a"}
_OPEN = {"?", "??", "???", "-", "--", "…", "...", "tbd", "tba", "tbc", "todo", "to do", "unknown", "not known", "don't know", "pending", "x", "to be determined", "to be decided", "to follow", "will follow",
         "not yet", "no answer", "n a", "na", "does not apply", "not applicable", "we do not know", "we don't know", "do not know", "see attached"}


def check_rule(criterion: Criterion, where: str) -> None:
    """Raise ChecklistError when a criterion's rule does not fit its kind of answer."""
    good = criterion.good
    fits = {
        "yes_no": good in ("yes", "no"),
        "choice": isinstance(good, tuple) and bool(good) and set(good) <= set(criterion.choices),
        "number": isinstance(good, str) and bool(_BOUND.match(good)),
        "date": good == "in the future" or (isinstance(good, str) and (months := _MONTHS.match(good)) is not None and 0 < int(months[1]) <= _MOST_MONTHS),
        "text": good == "given",
        "file": good == "given",
        "measured": good == "",
    }[criterion.answer]
    if not fits:
        raise ChecklistError(f"criterion {criterion.id!r}: the rule good = {good!r} does not fit {criterion.answer}", where=where)


_AMBIGUOUS = re.compile(r"-?\d{1,3}\.\d{3}$")
_RANGES: Mapping[str, tuple[float, float]] = {"percent": (0.0, 100.0), "TLS version": (1.0, 1.9)}
_HOURS: Mapping[str, float] = {"hour": 1, "hours": 1, "day": 24, "days": 24, "calendar days": 24, "week": 168, "weeks": 168}


def strictest(criterion: Criterion, good: str | tuple[str, ...], unit: str, where: str) -> tuple[str | tuple[str, ...], bool]:
    """Return the stricter of a criterion's rule and another one, in the criterion's unit, and whether the other one is it.

    Hours, days and weeks are compared (a day is 24 hours); units that cannot be compared, such as business days, are an error.
    """
    start = f"the rule {good!r} for {criterion.id!r}"
    check_rule(msgspec.structs.replace(criterion, good=good), where)
    if criterion.answer == "number":
        mine, other = _BOUND.match(str(criterion.good)), _BOUND.match(str(good))
        assert mine is not None   # both were checked
        assert other is not None
        if mine[1][0] != other[1][0] or mine[1][0] == "=":
            raise ChecklistError(f"{start} does not run the same way as {criterion.good!r}", where=where, fix="Give a bound of the same kind.")
        value = float(other[2]) * _factor(unit or criterion.unit, criterion.unit, start, where)
        stricter = value < float(mine[2]) if mine[1][0] == "<" else value > float(mine[2])
        same = value == float(mine[2]) and len(other[1]) < len(mine[1])   # "< 7" is stricter than "<= 7"
        return (f"{other[1]} {value:g}", True) if stricter or same else (criterion.good, False)
    if criterion.answer == "date" and str(good).startswith("within") and str(criterion.good).startswith("within"):
        stricter = int(str(good).split()[1]) < int(str(criterion.good).split()[1])
        return (good, True) if stricter else (criterion.good, False)
    if criterion.answer == "choice":
        both = tuple(c for c in criterion.good if c in good)
        if not both:
            raise ChecklistError(f"{start} leaves no answer that is good for both", where=where)
        return both, both != tuple(criterion.good)
    if good != criterion.good:
        raise ChecklistError(f"{start} contradicts the rule {criterion.good!r}", where=where, fix="Add a question of your own instead.")
    return criterion.good, False


def _factor(unit: str, wanted: str, start: str, where: str) -> float:
    """Return what one `unit` is in `wanted`."""
    if unit.casefold() == wanted.casefold():
        return 1.0
    if unit.casefold() not in _HOURS or wanted.casefold() not in _HOURS:
        raise ChecklistError(f"{start}: {unit} cannot be compared with {wanted}", where=where, fix=f"Give it in {wanted}, or add a question of your own.")
    return _HOURS[unit.casefold()] / _HOURS[wanted.casefold()]


def as_yes_no(answer: str) -> str | None:
    """Return "yes" or "no" for an answer that means it; None for any other."""
    word = answer.strip().casefold().rstrip(".")
    return "yes" if word in _YES else "no" if word in _NO else None


def number_in(answer: str) -> float | None:
    """Return the number of an answer; None for any other text."""
    match = _NUMBER.match(answer)
    return None if match is None else float(match[1].replace(",", "" if _THOUSANDS.match(match[1]) else "."))


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
    word = " ".join("".join(c if c.isalnum() or c in "'?" else " " for c in answer.casefold()).split())
    if not any(c.isalnum() for c in answer) or word in _OPEN or (criterion.answer == "file" and as_yes_no(word)):
        raise ValueError("what is asked for, or leave it empty: it then counts as not assessed")
    return True, "given"


def _yes_no(criterion: Criterion, answer: str, today: date) -> tuple[bool, str]:
    said = as_yes_no(answer)
    if said is None:
        raise ValueError("yes or no")
    return said == criterion.good, f"the answer is {said}"


def _choice(criterion: Criterion, answer: str, today: date) -> tuple[bool, str]:
    known = {choice.casefold(): choice for choice in criterion.choices}
    if answer.casefold() not in known:
        raise ValueError("one of: " + "; ".join(criterion.choices))
    choice = known[answer.casefold()]
    return choice in criterion.good, f"the answer is {choice!r}"


def _number(criterion: Criterion, answer: str, today: date) -> tuple[bool, str]:
    match = _NUMBER.match(_without_unit(answer, criterion.unit))
    value = number_in(match[1]) if match else None
    if match is None or value is None or not _is_unit(match[2], criterion.unit):
        raise ValueError(f"a number{f' of {criterion.unit}' if criterion.unit else ''}")
    lowest, highest = _RANGES.get(criterion.unit, (0.0, math.inf))
    if not lowest <= value <= highest:
        raise ValueError(f"a number of {criterion.unit or 'at least 0'} that can be")
    if _AMBIGUOUS.match(match[1]):
        raise ValueError("a number without a point or comma before three digits (1000, or 1.0)")
    bound = _BOUND.match(str(criterion.good))
    assert bound is not None   # checked when the checklist was read
    unit = f" {criterion.unit}" if criterion.unit else ""
    return _COMPARE[bound[1]](value, float(bound[2])), f"the answer is {value:g}{unit}; wanted is {criterion.good}{unit}{_set_by(criterion)}"


def _set_by(criterion: Criterion) -> str:
    return f" (set by {criterion.set_by})" if criterion.set_by else ""


def _without_unit(answer: str, unit: str) -> str:
    """Return an answer without the word of its unit in front: "TLS 1.2"."""
    first, _, rest = answer.strip().partition(" ")
    return rest if rest and first.casefold() in unit.casefold().split() else answer


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
    return oldest <= day <= today, f"the date is {day}; wanted is {criterion.good} of {today}{_set_by(criterion)}"
