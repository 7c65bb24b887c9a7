"""The register of evidence: what it says of a file, held against the tool, the day and itself."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

import msgspec

from audit.records import EvidenceFile, FileCheck, Filed, Problem
from audit.wording import one_line

_REPORT_MONTHS = 24
_LONGEST = 300


def registered(check: FileCheck, filed: Filed, vendor: str, version: str, today: date) -> EvidenceFile:
    """Return a file with its register entry: until when it can be relied on, and what does not fit together.

    vendor, version: of the tool under audit; empty where no plan says them.
    """
    days = [day for day in (filed.expires[:10], str(check.facts.get("valid_until") or "")[:10]) if day]
    expires = min(days) if days else None
    expired = expires is not None and expires < today.isoformat()
    found = tuple(_problems(check, filed, vendor, version, today, expires if expired else None))
    errors, warnings = (sum(p.level == level for p in found) for level in ("error", "warning"))
    return EvidenceFile(
        msgspec.structs.replace(check, problems=(*check.problems, *found), errors=check.errors + errors, warnings=check.warnings + warnings),
        filed, expires, expired,
    )


def is_certificate(file: EvidenceFile, vendor: str) -> bool:
    """Return whether a file is a third party's certificate that still holds: issuer, number and expiry are registered, and the issuer is not the vendor."""
    filed = file.filed
    third = filed.issuer.strip() and filed.issuer.strip().casefold() != vendor.strip().casefold()
    return bool(filed.what.casefold() == "certificate" and third and filed.number.strip() and file.expires) and not file.expired


def _problems(check: FileCheck, filed: Filed, vendor: str, version: str, today: date, expired: str | None) -> Iterator[Problem]:
    where = filed.file or check.file
    if expired:
        yield _problem("error", "register.expired", where, f"it expired on {expired}", "Ask for the one that is in force.")
    for name in ("issued", "received"):
        if getattr(filed, name)[:10] > today.isoformat():
            yield _problem("error", f"register.{name}", where, f"{name} on {getattr(filed, name)[:10]}, which lies in the future", "Correct the date.")
    if filed.issued and filed.expires and filed.expires[:10] < filed.issued[:10]:
        yield _problem("error", "register.dates", where, "it expires before it was issued", "Correct the dates.")
    yield from {"agreement": _of_agreement, "report": _of_report, "certificate": _of_certificate}.get(filed.what.casefold(), _of_other)(
        filed, where, vendor, version, today
    )


def _of_agreement(filed: Filed, where: str, vendor: str, version: str, today: date) -> Iterator[Problem]:
    yield from _of_date(filed, where)
    if vendor and vendor.casefold() not in f"{filed.issuer} {filed.note}".casefold():
        yield _problem("warning", "register.party", where, f"the vendor ({vendor}) is not named as a party", "Name both parties under issuer.")


def _of_report(filed: Filed, where: str, vendor: str, version: str, today: date) -> Iterator[Problem]:
    yield from _of_date(filed, where)
    yield from _of_version(filed, where, version)
    if filed.issued and _months(filed.issued, today) > _REPORT_MONTHS:
        yield _problem("warning", "register.old", where, f"the report is of {filed.issued[:10]}, more than two years ago", "Ask for the latest.")


def _of_certificate(filed: Filed, where: str, vendor: str, version: str, today: date) -> Iterator[Problem]:
    yield from _of_version(filed, where, version)
    for name in ("issuer", "number", "expires"):
        if not getattr(filed, name).strip():
            yield _problem("warning", f"register.{name}", where, f"a certificate without its {name} counts as a file that was supplied", "Register it.")


def _of_other(filed: Filed, where: str, vendor: str, version: str, today: date) -> Iterator[Problem]:
    yield from ()


def _of_date(filed: Filed, where: str) -> Iterator[Problem]:
    if not filed.issued:
        yield _problem("warning", "register.date", where, f"the {filed.what} has no date", "Register the day on which it was signed or ended.")


def _of_version(filed: Filed, where: str, version: str) -> Iterator[Problem]:
    about, there = filed.version.strip().casefold(), version.casefold()
    if about and there and about not in there and there not in about:
        yield _problem("warning", "register.version", where, f"it is of version {filed.version}, and the tool under audit is version {version}", "Ask for one of this version.")


def _problem(level: Literal["error", "warning"], rule: str, where: str, what: str, fix: str) -> Problem:
    """Return a problem whose texts, which are of others, are safe to print."""
    return Problem(level, rule, one_line(where), one_line(what, _LONGEST), fix)


def _months(day: str, today: date) -> int:
    then = date.fromisoformat(day[:10])
    return (today.year - then.year) * 12 + today.month - then.month - (today.day < then.day)
