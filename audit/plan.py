"""`plan.toml`: what to ask, of which tool, how, and by which policy (CONTRACT.md, section 2).

Secrets: `${NAME}` is filled from the environment, only in `[connect]`, and only in memory. The
copy of the plan that a run folder keeps holds `${NAME}` as written, and *** for a secret in clear.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from audit.errors import PlanError
from audit.library import convert, nearest, read_toml
from audit.masking import VARIABLE, masked, without_secrets

INDICATORS = ("safe", "evidence-based", "inclusive", "usable", "interoperable")
STUDENT_DATA = ("none", "directory", "record", "sensitive")
AGES = ("under-13", "13-17", "adult")
AUDIENCE = ("teachers", "students", "families", "staff")
FEATURES = ("generative", "chat", "voice", "recording", "decides", "agent")

_SHORTEST_SECRET = 6

Text = Annotated[str, Meta(min_length=1)]


class Tool(Struct, frozen=True, forbid_unknown_fields=True):
    """The product under audit. A re-audit is due when `version` changes.

    ages: of the people who use it. grades, languages: for which it is looked at ("6-8", "es"). features: None where nobody said; each is explained in docs/checklists.md.
    """

    name: Text
    vendor: Text
    version: Text
    use_cases: tuple[str, ...] = ()
    audience: tuple[Literal["teachers", "students", "families", "staff"], ...] = ()
    student_data: Literal["none", "directory", "record", "sensitive"] | None = None
    ages: tuple[Literal["under-13", "13-17", "adult"], ...] = ()
    grades: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    features: tuple[Literal["generative", "chat", "voice", "recording", "decides", "agent"], ...] | None = None


class Auditor(Struct, frozen=True, forbid_unknown_fields=True):
    """Who audits; the role is shown on every page that shows a result."""

    organisation: str = ""
    role: Literal["district", "state", "vendor", "independent"] = "district"


class DesignSection(Struct, frozen=True, forbid_unknown_fields=True):
    """Which probes, how often, in which order; `attributes` leaves the others of the sets out.

    adaptive: base items are asked in `looks` blocks with a look after each, and what is settled is no longer asked (docs/adaptive.md).
    settle: an attribute is settled when its verdict is ("attribute"), or only when each of its comparisons is ("comparison"). futility:
    what the planned items can hardly settle is said ("say"), or no longer asked either ("stop").
    `personal_data = "send"` says, with its reason, that texts of your own may leave the machine although they seem to hold some.
    """

    fixtures: Annotated[tuple[str, ...], Meta(min_length=1)]
    repeats: Annotated[int, Meta(ge=1, le=100)] = 3
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 20261121
    items: Annotated[int, Meta(ge=1)] | None = None
    attributes: Annotated[tuple[str, ...], Meta(min_length=1)] | None = None
    adaptive: bool = False
    looks: Annotated[int, Meta(ge=2, le=10)] = 5
    settle: Literal["attribute", "comparison"] = "attribute"
    futility: Literal["say", "stop"] = "say"
    personal_data: Literal["stop", "send"] = "stop"
    personal_data_reason: str = ""


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """What a call costs, in US dollars."""

    per_call: Annotated[float, Meta(ge=0)] = 0.0
    per_1k_input_tokens: Annotated[float, Meta(ge=0)] = 0.0
    per_1k_output_tokens: Annotated[float, Meta(ge=0)] = 0.0


class BudgetSection(Struct, frozen=True, forbid_unknown_fields=True):
    """Caps that a run stops before passing: calls (every attempt counts) and US dollars."""

    calls: Annotated[int, Meta(ge=1)] | None = None
    dollars: Annotated[float, Meta(ge=0)] | None = None
    price: Price = Price()


class ChecklistsSection(Struct, frozen=True, forbid_unknown_fields=True):
    """Which checklists, whose answers, and where the documents lie that the answers point at."""

    use: tuple[str, ...] = INDICATORS
    overlays: tuple[str, ...] = ()
    answers: str | None = None
    evidence: str | None = None


class PolicySection(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy file of your own; the shipped default otherwise."""

    file: str | None = None


class ReportSection(Struct, frozen=True, forbid_unknown_fields=True):
    """In which languages the documents are written; the first is that of scorecard.html."""

    languages: Annotated[tuple[str, ...], Meta(min_length=1)] = ("en",)


class Connect(Struct, frozen=True, forbid_unknown_fields=True):
    """How the tool is reached: what every adapter shares, and the adapter's own `settings`.

    `reply` is a JMESPath into the output, `version` one to the version or model that a reply names. `positive` and `positive_when` replace the fixture set's
    reading of a decision, for a tool that words its answer differently.
    """

    adapter: Text
    reply: str | None = None
    version: str | None = None
    concurrency: Annotated[int, Meta(ge=1, le=1000)] | Literal["auto"] | None = None
    rate: str | None = None
    timeout: Annotated[float, Meta(gt=0, le=86_400)] = 60.0
    retries: Annotated[int, Meta(ge=0, le=20)] = 3
    positive: bool | int | float | str | None = None
    positive_when: str | None = None
    settings: dict[str, Any] = {}


class _Section(Struct, frozen=True):
    connect: Connect


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    tool: Tool
    connect: dict[str, Any]
    design: DesignSection
    auditor: Auditor = Auditor()
    budget: BudgetSection = BudgetSection()
    checklists: ChecklistsSection = ChecklistsSection()
    policy: PolicySection = PolicySection()
    report: ReportSection = ReportSection()


class Plan(Struct, frozen=True):
    """A plan that was read and checked. `written` is the file's table as written; `base` its folder."""

    path: Path
    base: Path
    written: dict[str, Any]
    tool: Tool
    auditor: Auditor
    connect: Connect
    design: DesignSection
    budget: BudgetSection
    checklists: ChecklistsSection
    policy: PolicySection
    report: ReportSection

    def collection_key(self) -> dict[str, Any]:
        """Return what decides which replies a run may hold: another value needs another run folder."""
        settings = {k: v for k, v in self.written["connect"].items() if k not in _NOT_IDENTITY}
        return {
            "tool": [self.tool.name, self.tool.vendor, self.tool.version],
            "connect": without_secrets(settings),
            "design": {k: v for k, v in msgspec.to_builtins(self.design).items() if k not in (_NOT_DESIGN if self.design.adaptive else _NOT_DESIGN | _OF_LOOKS)},
        }


SHARED = tuple(f for f in Connect.__struct_fields__ if f != "settings")
"""The keys of `[connect]` that every adapter has."""
_NOT_IDENTITY = {"reply", "version", "concurrency", "rate", "timeout", "retries", "positive", "positive_when", "file", "parts", "sitting", "workers", "keep", "headless", "executable", "sandbox"}

_NOT_DESIGN = {"personal_data", "personal_data_reason"}
_OF_LOOKS = {"looks", "settle", "futility"}


def read_plan(path: Path, environ: Mapping[str, str] | None, *, adaptive: bool = False) -> Plan:
    """Return the plan at `path`; `environ` fills `${NAME}` (None: leave it as written, to re-score). adaptive: as if the plan said so.

    Raises PlanError: no file, broken TOML, an unknown or missing key, an unset variable.
    """
    where = str(path)
    written = read_toml(path, PlanError, "plan")
    section = written.get("connect")
    if isinstance(section, dict) and "adapter" not in section:
        raise PlanError("missing key 'adapter' at connect", where=where, fix='Add adapter = "http".')
    if adaptive and isinstance(written.get("design"), dict):
        written["design"]["adaptive"] = True
    file = convert(written, _File, PlanError, where)
    _check_looks(written["design"], where)
    _check_permission(file.design, where)
    for name in file.checklists.use:
        if name not in INDICATORS:
            raise PlanError(f"unknown checklist {name!r}", where=where, fix=nearest(name, INDICATORS))
    connect = read_connect(file.connect, environ, where)
    return Plan(
        path=path, base=path.resolve().parent, written=written, tool=file.tool, auditor=file.auditor,
        connect=connect, design=file.design, budget=file.budget, checklists=file.checklists, policy=file.policy, report=file.report,
    )


def read_connect(section: Mapping[str, Any], environ: Mapping[str, str] | None, where: str) -> Connect:
    """Return a `[connect]` table; `environ` fills `${NAME}` (None: leave it as written). Raises PlanError."""
    connect = _connect(section, where)   # as written first: an error about it cannot show a secret
    return connect if environ is None else _connect(_fill(section, environ, where), where)


def _check_looks(written: Mapping[str, Any], where: str) -> None:
    """Refuse keys that would do nothing: those of looks in a plan that is not adaptive."""
    for name in sorted(_OF_LOOKS & written.keys()):
        if not written.get("adaptive"):
            raise PlanError(f"design.{name} is given, but the plan is not adaptive", where=where, fix="Add adaptive = true, or leave the line out.")


def _check_permission(design: DesignSection, where: str) -> None:
    reason = bool(design.personal_data_reason.strip())
    if design.personal_data == "send" and not reason:
        raise PlanError(
            'design.personal_data = "send" needs a reason', where=where, fix='For example personal_data_reason = "consent on file, …".'
        )
    if reason and design.personal_data == "stop":
        raise PlanError("design.personal_data_reason is given, but nothing is to be sent", where=where, fix='Add personal_data = "send".')


def _connect(section: Mapping[str, Any], where: str) -> Connect:
    shared = {k: v for k, v in section.items() if k in SHARED}
    own = {k: v for k, v in section.items() if k not in SHARED}
    return convert({"connect": shared | {"settings": own}}, _Section, PlanError, where).connect


def _fill(value: Any, environ: Mapping[str, str], where: str) -> Any:
    if isinstance(value, dict):
        return {k: _fill(v, environ, where) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(v, environ, where) for v in value]
    if not isinstance(value, str):
        return value

    def one(match: re.Match[str]) -> str:
        name = match[1]
        if name not in environ:
            raise PlanError(
                f"the environment variable {name} is not set",
                where=where, fix=f"Set it before running, for example: export {name}=…",
            )
        return environ[name]

    return VARIABLE.sub(one, value)


def secrets_of(plan: Plan, environ: Mapping[str, str]) -> dict[str, str]:
    """Return secret value → what stands in its place: `${NAME}`, or *** for one written in clear."""
    return secrets_in(plan.written["connect"], environ)


def secrets_in(section: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of a `[connect]` table as written, as `secrets_of` does those of a plan."""
    found: dict[str, str] = {}

    def note(text: str) -> str:
        found[text] = "***"
        found[text.rsplit(" ", maxsplit=1)[-1]] = "***"
        return "***"

    masked(section, "", note)
    for name in VARIABLE.findall(msgspec.json.encode(section, enc_hook=str).decode()):
        found[environ.get(name, "")] = "${" + name + "}"
    return {secret: name for secret, name in found.items() if len(secret) >= _SHORTEST_SECRET}


def digest(value: object) -> str:
    """Return the SHA-256 (hex) of a value's canonical JSON: sorted keys, UTF-8, no spaces."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()
