"""One file: what it is, what its checker finds, its SHA-256. Nothing in it runs, and nothing is written."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from importlib import import_module
from pathlib import Path

from audit.errors import ChecklistError
from audit.evidence.specimen import Entry, Problems, Specimen
from audit.library import nearest
from audit.records import FileCheck

CHECKERS: Mapping[str, Entry] = {
    "oneroster": Entry("audit.evidence.oneroster", "OneRoster CSV export", "OneRoster CSV Tables 1.1.1 and CSV Binding 1.2.1 (1EdTech, 22 August 2023)"),
    "qti": Entry("audit.evidence.qti", "QTI content package", "QTI 3.0 (1EdTech, 1 May 2022)"),
    "cmi5": Entry("audit.evidence.cmi5", "cmi5 course structure", "cmi5 Quartz (ADL, 1 June 2016)"),
    "saml": Entry("audit.evidence.saml", "SAML metadata", "SAML 2.0 Metadata (OASIS, 15 March 2005, errata 2012)"),
    "x509": Entry("audit.evidence.x509", "Certificates (X.509)", "RFC 5280 (IETF, May 2008), RFC 7468 (April 2015)"),
    "security-txt": Entry("audit.evidence.security_txt", "security.txt", "RFC 9116 (IETF, April 2022)"),
    "jwks": Entry("audit.evidence.jwks", "JSON Web Key Set", "RFC 7517 and RFC 7518 (IETF, May 2015)"),
    "oidc": Entry("audit.evidence.oidc", "OpenID provider metadata", "OpenID Connect Discovery 1.0, errata set 2 (OpenID Foundation, 15 December 2023)"),
    "lti-registration": Entry("audit.evidence.lti_registration", "LTI tool configuration", "LTI Dynamic Registration 1.0 (1EdTech, 13 October 2020)"),
    "lti-launch": Entry("audit.evidence.lti_launch", "LTI launch token", "LTI 1.3 and Deep Linking 2.0 (1EdTech, 16 April 2019)"),
    "scim": Entry("audit.evidence.scim", "SCIM service description", "RFC 7643 and RFC 7644 (IETF, September 2015)"),
    "case": Entry("audit.evidence.case", "CASE framework package", "CASE 1.0 and 1.1 (1EdTech, July 2017 and 24 January 2025)"),
    "caliper": Entry("audit.evidence.caliper", "Caliper events", "Caliper Analytics 1.1 and 1.2 (1EdTech, January 2018 and March 2020)"),
    "xapi": Entry("audit.evidence.xapi", "xAPI statements", "IEEE 9274.1.1-2023 (xAPI 2.0) and xAPI 1.0.3 (ADL, 2016)"),
    "edfi": Entry("audit.evidence.edfi", "Ed-Fi API root or descriptors", "Ed-Fi API Guidelines 4.0, Data Standard 3 to 5 (Ed-Fi Alliance)"),
    "openacr": Entry("audit.evidence.openacr", "OpenACR accessibility report", "OpenACR schema 0.1.0 (GSA, 12 March 2024)"),
    "portability": Entry("audit.evidence.portability", "Portability manifest", "own format, version 1 (edtech-equity-audit, November 2026)"),
    "oneroster-api": Entry("audit.evidence.oneroster_api", "OneRoster REST description or scopes", "OneRoster 1.2 REST/JSON Binding (1EdTech, 19 September 2022)"),
    "openapi": Entry("audit.evidence.openapi", "OpenAPI description", "OpenAPI 3.0 and 3.1 (OpenAPI Initiative, 2017 and 2021)"),
    "table": Entry("audit.evidence.table", "Other file (only looked through)", "none: only looked through for data of real people"),
}
"""Kind → its checker, in the order in which a file is offered to them."""
_TABLE = "table"


def inspect(path: Path, today: date, kind: str | None = None, watch: Callable[[float], None] = lambda _: None) -> FileCheck:
    """Return what a machine finds in a file. kind: the standard to hold it to; found out by looking without one.

    Raises ChecklistError: an unknown kind, a file that cannot be read, one that is not what `kind` says at all.
    """
    if kind is not None and kind not in CHECKERS:
        raise ChecklistError(f"unknown kind of evidence {kind!r}", where=str(path), fix=nearest(kind, CHECKERS))
    specimen, problems = Specimen(path, today, watch), Problems()
    sha256, size = _hashed(path)
    found = kind or next((name for name, entry in CHECKERS.items() if import_module(entry.module).recognises(specimen)), None)
    if kind is not None and kind != _TABLE and not import_module(CHECKERS[kind].module).recognises(specimen):
        _look_for_people(specimen, problems)
    facts = import_module(CHECKERS[found].module).check(specimen, problems) if found else {}
    return FileCheck(
        file=path.name, sha256=sha256, size=size, kind=found, title=CHECKERS[found].title if found else "",
        problems=problems.listed(), errors=problems.counts["error"], warnings=problems.counts["warning"],
        personal=problems.counts["personal"], facts=facts,
    )


def _look_for_people(specimen: Specimen, problems: Problems) -> None:
    """Look for data of real people in a file that is called something that it does not look like."""
    table = import_module(CHECKERS[_TABLE].module)
    if table.recognises(specimen):
        table.check(specimen, problems)


def _hashed(path: Path) -> tuple[str, int]:
    if path.exists() and not path.is_file():
        raise ChecklistError("this is a folder, a device or a pipe, not a file", where=str(path))
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
    except OSError as bad:
        raise ChecklistError(f"cannot be read: {bad.strerror}", where=str(path)) from None
