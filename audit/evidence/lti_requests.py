"""What an LTI tool asks to be told or allowed: claims (OpenID Connect Core 1.0 section 5.1), scopes of LTI Advantage, substitution variables.

Scopes: Names and Role Provisioning Services 2.0 and Assignment and Grade Services 2.0 (1EdTech, 16 April 2019), OneRoster 1.2.
Variables: LTI Core 1.3 (1EdTech, 16 April 2019) appendix C; `$Canvas.` and `$vnd.` are a platform's own.
"""

import re
from collections.abc import Iterable
from typing import Any

from audit.evidence.addresses import plain
from audit.evidence.fields import Part
from audit.evidence.specimen import Facts, Problems

MAIL_CLAIMS = ("email",)
NAME_CLAIMS = ("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username")
DEMOGRAPHIC_CLAIMS = ("birthdate", "gender")
OTHER_CLAIMS = ("picture", "phone_number", "address", "profile")
SCOPE = "https://purl.imsglobal.org/spec/"
_PURPOSE = "Ask what it is for; take it out if the product works without."
_ROSTER = "lti-nrps/scope/contextmembership.readonly"
_GRADES = {
    "lti-ags/scope/lineitem": ("writes_grades", "may make, change and delete columns of the gradebook"),
    "lti-ags/scope/score": ("writes_grades", "may write grades"),
    "lti-ags/scope/result.readonly": ("reads_grades", "may read grades"),
    "lti-ags/scope/lineitem.readonly": ("reads_gradebook", "may read the columns of the gradebook"),
}
_FACTS = {
    "requests_email": "e-mail addresses", "requests_names": "names", "requests_demographics": "a demographic detail of each person",
}
_VARIABLES = (
    ("requests_email", re.compile(r"\$(?:Person\.email|Canvas\.user\.email|vnd\.Canvas\.Person\.email)", re.IGNORECASE)),
    ("requests_names", re.compile(r"\$(?:Person\.name|Canvas\.user\.(?:name|displayName|sortableName|fullName))", re.IGNORECASE)),
    ("requests_demographics", re.compile(r"\$(?:Person\.(?:gender|birth)|Canvas\.user\.pronouns|com\.instructure\.Person\.(?:name_sortable|pronouns))", re.IGNORECASE)),
)
_PERSON = re.compile(r"\$(?:Person\.(?:address|phone|sms|webaddress|sourcedId)|Canvas\.user\.(?:sis|loginId)|User\.(?:image|username))", re.IGNORECASE)


class Requests:
    """What is asked of the platform, each noted once. `facts`: requests_email, _names, _demographics, _rosters, reads_grades, writes_grades."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.facts: Facts = {}
        self.scopes: list[str] = []

    def note(self, fact: str, where: str, what: str) -> None:
        """Take a fact, and warn of it once."""
        if not self.facts.get(fact):
            self._problems.warning(f"lti.{fact}", where, what, _PURPOSE)
        self.facts[fact] = True

    def claims(self, names: Iterable[str], where: str, verb: str) -> None:
        """Take the names of claims. verb: "asks for" or "is sent"."""
        for name in names:
            for fact, known in (("requests_email", MAIL_CLAIMS), ("requests_names", NAME_CLAIMS), ("requests_demographics", DEMOGRAPHIC_CLAIMS)):
                if name in known:
                    self.note(fact, where, f"{verb} {_FACTS[fact]} ({name})")
            if name in OTHER_CLAIMS:
                self._problems.warning("lti.claim", where, f"{verb} {name} of each person", _PURPOSE)

    def complete(self) -> None:
        """Say False of e-mail addresses and names where the file had the place to ask and did not."""
        for fact in ("requests_email", "requests_names"):
            self.facts.setdefault(fact, False)

    def scope(self, names: Iterable[str], where: str) -> None:
        """Take scopes."""
        for name in names:
            self.scopes.append(plain(name))
            short = name.removeprefix(SCOPE)
            if short == _ROSTER:
                self.note("requests_rosters", where, "may fetch the list of everybody in a class, with names and e-mail addresses where the platform gives them")
            elif short in _GRADES:
                fact, what = _GRADES[short]
                if fact != "reads_gradebook":
                    self.note(fact, where, what)
            elif "demographics" in short.lower():
                self.note("requests_demographics", where, "asks for demographics (OneRoster)")
            elif name.startswith("url:") or "canvas.instructure.com" in name:
                self._problems.warning("lti.platform-scope", where, "asks for access to the platform's own interface, beyond LTI", _PURPOSE)
            elif not name.startswith(SCOPE) and name not in ("openid", "profile", "email", "offline_access"):
                self._problems.note("lti.scope", where, "asks for a scope that is not one of LTI Advantage")
            elif name in ("profile", "email"):
                self.note("requests_email" if name == "email" else "requests_names", where, f"asks for the scope {name}")

    def variables(self, part: Part, name: str) -> None:
        """Take custom parameters: variables that the platform fills with a person's data on every launch."""
        if not part.has(name):
            return
        table = part.members[name]
        if not isinstance(table, dict):
            part.error(name, "must be an object")
            return
        for value in table.values():
            self._variable(value, part.at(name))

    def _variable(self, value: Any, where: str) -> None:
        if not isinstance(value, str):
            self._problems.error("lti.custom", where, "the value of a custom parameter must be a text", "Put it in quotation marks.")
            return
        for fact, pattern in _VARIABLES:
            if pattern.search(value):
                self.note(fact, where, f"asks for {_FACTS[fact]} through a custom parameter")
        if _PERSON.search(value):
            self._problems.warning("lti.variable", where, "asks for a person's address, telephone, picture, user name or number through a custom parameter", _PURPOSE)
