"""Portability manifest: how a district gets its data out. Our own format, version 1 (2026-11), in JSON, YAML or TOML.

One file in a folder with its samples; file names are relative to it and stay inside. SCHEMA is its JSON Schema (2020-12).
portability.toml, for an invented product:

    portability = 1                      # version of this format
    product = "Example Tutor"
    product_version = "4.2"
    vendor = "Example Learning"
    issued = "2026-10-01"                # the day on which this is true
    currency = "USD"

    [[datasets]]
    name = "student work"                # what is in it, in the words of a teacher
    format = "csv"                       # csv, json, jsonl, xml, qti, xapi, caliper, case, oneroster, pdf, …
    schema = "schemas/work.csv.md"       # a file that says what each field means, or its https address
    sample = "samples/work.csv"          # a file with invented people
    frequency = "any time"               # any time, hourly, daily, weekly, monthly, each term, each year, on request, at the end, never
    self_service = true                  # the district exports it without asking anybody
    api = true                           # and a program can
    days_kept_after_term = 30            # whole days from the end of the contract until it is deleted
    deletion_certificate = "samples/certificate.pdf"
    cost = 0                             # of one whole export, in the currency above

Facts: formats, self_service and api (true: for every dataset), export_fee (true: any costs), export_cost (the sum),
days_kept_after_term (the longest), datasets (names), and product, product_version, vendor, issued.
"""

import math
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

from audit.errors import ChecklistError
from audit.evidence.places import Place, Tree, tree_of
from audit.evidence.specimen import Facts, Problems, Specimen
from audit.untrusted import Lines
from audit.wording import one_line

OPEN_FORMATS = (
    "csv", "tsv", "json", "jsonl", "xml", "yaml", "parquet", "sql", "ods", "xlsx", "odt", "docx", "epub", "html", "md", "txt", "ics", "vcf",
    "qti", "xapi", "cmi5", "caliper", "case", "oneroster", "edfi", "common-cartridge", "png", "jpeg", "svg", "wav", "flac", "mp3", "mp4", "webm", "vtt",
)
"""Formats with a published specification that other programs read."""
PAPER_FORMATS = ("pdf",)
"""Open, and made for eyes: a program can hardly take the data up again."""
FREQUENCIES = ("any time", "hourly", "daily", "weekly", "monthly", "each term", "each year", "on request", "at the end", "never")
_SELDOM = ("on request", "at the end", "never")
_LARGEST_TOML = 2_000_000
_MOST_DATASETS = 1_000
_LONG_KEPT = 90
_LONGEST_KEPT = 36_500
_HIGHEST = 1_000_000_000
_PLAIN_TEXT = {"type": "string", "minLength": 1, "maxLength": 300}

SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Portability manifest, version 1",
    "type": "object",
    "required": ["portability", "product", "vendor", "issued", "datasets"],
    "additionalProperties": False,
    "properties": {
        "portability": {"const": 1},
        "product": _PLAIN_TEXT, "product_version": _PLAIN_TEXT, "vendor": _PLAIN_TEXT,
        "issued": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "datasets": {"type": "array", "minItems": 1, "maxItems": _MOST_DATASETS, "items": {"$ref": "#/$defs/dataset"}},
    },
    "$defs": {"dataset": {
        "type": "object",
        "required": ["name", "format", "schema", "sample", "frequency", "self_service", "api", "days_kept_after_term", "deletion_certificate", "cost"],
        "additionalProperties": False,
        "properties": {
            "name": _PLAIN_TEXT,
            "format": {"type": "string", "pattern": "^[a-z0-9][a-z0-9.+-]{0,39}$"},
            "schema": _PLAIN_TEXT, "sample": _PLAIN_TEXT, "deletion_certificate": _PLAIN_TEXT,
            "frequency": {"enum": list(FREQUENCIES)},
            "self_service": {"type": "boolean"}, "api": {"type": "boolean"},
            "days_kept_after_term": {"type": "integer", "minimum": 0, "maximum": _LONGEST_KEPT},
            "cost": {"type": "number", "minimum": 0, "maximum": _HIGHEST},
        },
    }},
}


def recognises(specimen: Specimen) -> bool:
    """Return whether a JSON, YAML or TOML file is a portability manifest."""
    tree = specimen.tree
    if specimen.path.suffix.lower() == ".toml":
        try:
            tree = _toml(specimen)
        except ChecklistError:
            return False
    return isinstance(tree, dict) and "portability" in tree and "datasets" in tree


def _toml(specimen: Specimen) -> Any:
    if len(specimen.raw) > _LARGEST_TOML:
        raise ChecklistError("the file is larger than 2 MB", where=specimen.where)
    try:
        return _plain(tomllib.loads(specimen.text))
    except tomllib.TOMLDecodeError as bad:
        raise ChecklistError(f"not valid TOML: {one_line(str(bad))}", where=specimen.where) from None
    except (RecursionError, ValueError):
        raise ChecklistError("nested too deeply, or a number too long", where=specimen.where) from None


def _plain(value: Any) -> Any:
    """Return TOML's dates as text, as the other formats have them."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return what a manifest promises, and note what its schema or a careful privacy officer objects to."""
    tree = Tree(_toml(specimen), Lines(), problems) if specimen.path.suffix.lower() == ".toml" else tree_of(specimen, problems)
    _schema(tree)
    value = tree.value if isinstance(tree.value, dict) else {}
    datasets: list[Any] = value["datasets"] if isinstance(value.get("datasets"), list) else []
    sets = [(one, ("datasets", i)) for i, one in enumerate(datasets[:_MOST_DATASETS]) if isinstance(one, dict)]
    for one, place in sets:
        _dataset(tree, one, place, specimen.path.parent)
    named: Facts = {
        fact: one_line(value[fact], 200) for fact in ("product", "product_version", "vendor") if isinstance(value.get(fact), str) and value[fact].strip()
    }
    return named | _issued(tree, value.get("issued"), specimen.today) | _promises([one for one, _ in sets])


def _schema(tree: Tree) -> None:
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(SCHEMA).iter_errors(tree.value):
        place: Place = tuple(error.absolute_path)
        if error.validator == "required":
            name = next(one for one in error.validator_value if error.message.startswith(repr(one)))
            tree.problems.error("manifest.required", tree.where((*place, name)), f"{name} is missing and required")
        elif error.validator == "additionalProperties":
            tree.problems.error("manifest.member", tree.where(place), "has members that this format does not know", f"Known: {', '.join(error.schema['properties'])}.")
        else:
            tree.problems.error("manifest.value", tree.where(place), _wanted(error.validator, error.validator_value))


def _wanted(rule: str, value: Any) -> str:
    return {
        "type": f"must be of type {value}", "const": f"must be {value}", "enum": f"must be one of: {', '.join(map(str, value if isinstance(value, list) else []))}",
        "minLength": "is empty", "minItems": "is empty", "maxLength": f"is longer than {value} characters", "maxItems": f"has more than {value} entries",
        "minimum": f"must be {value} or more", "maximum": f"must be {value} or less", "pattern": f"must match {value}",
    }[rule]


def _issued(tree: Tree, text: object, today: date) -> Facts:
    if not isinstance(text, str):
        return {}
    try:
        day = date.fromisoformat(text)
    except ValueError:
        tree.problems.error("manifest.issued", tree.where(("issued",)), "is no day of the calendar, such as 2026-10-01")
        return {}
    if day > today:
        tree.problems.warning("manifest.issued", tree.where(("issued",)), "lies in the future")
    return {"issued": day.isoformat()}


def _dataset(tree: Tree, one: Mapping[str, Any], place: Place, folder: Path) -> None:
    for name in ("schema", "sample", "deletion_certificate"):
        if isinstance(one.get(name), str) and one[name].strip():
            _file(tree, one[name], (*place, name), folder, web=name == "schema")
    _numbers(tree, one, place)
    form, warn, where = one.get("format"), tree.problems.warning, tree.where
    form = form.lower() if isinstance(form, str) else None   # in capitals it is an error already
    if form in PAPER_FORMATS:
        warn("dataset.format", where((*place, "format")), "PDF is made for eyes: another program can hardly read the data", "Ask for CSV or JSON as well.")
    elif form is not None and form not in OPEN_FORMATS:
        warn("dataset.format", where((*place, "format")), "no open format that is known here", "Ask which other programs read it, and where it is specified.")
    if one.get("self_service") is False:
        warn("dataset.self_service", where((*place, "self_service")), "the district cannot export by itself", "Ask how long an answer takes.")
    if one.get("frequency") in _SELDOM:
        warn("dataset.frequency", where((*place, "frequency")), "not at any time: the law may give parents 45 days", "Ask for an export at any time.")


def _numbers(tree: Tree, one: Mapping[str, Any], place: Place) -> None:
    cost, days = one.get("cost"), one.get("days_kept_after_term")
    warn, where = tree.problems.warning, tree.where
    if isinstance(cost, float) and math.isnan(cost):   # every comparison of a schema lets it through
        tree.problems.error("manifest.value", where((*place, "cost")), "must be a number")
    if _is_number(cost) and cost > 0:
        warn("dataset.cost", where((*place, "cost")), "an export costs money", "Put the price, zero, into the contract.")
    if _is_number(days) and days > _LONG_KEPT:
        warn("dataset.kept", where((*place, "days_kept_after_term")), f"kept more than {_LONG_KEPT} days after the contract", "Ask why, and put the days into the contract.")
    if _is_number(days) and days == 0:
        warn("dataset.kept", where((*place, "days_kept_after_term")), "deleted on the last day: no time is left to check the export")


def _is_number(value: object) -> TypeGuard[float]:
    """Return whether a value is a number that the schema allows; not a number and infinity are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _HIGHEST


def _file(tree: Tree, name: str, place: Place, folder: Path, *, web: bool) -> None:
    """Note a file that is not there, is empty or lies outside the manifest's folder. web: an https address will do; it is not opened."""
    error, where = tree.problems.error, tree.where(place)
    if "://" in name:
        if not web or not name.startswith("https://"):
            error("file.address", where, "must be an https address" if web else "must be a file beside the manifest, no address")
        return
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or parts[0].startswith("/") or ".." in parts or ":" in parts[0] or "\x00" in name:
        error("file.outside", where, "the file name leaves the manifest's folder", "Put the file beside the manifest or in a folder there.")
        return
    try:
        real = folder.joinpath(*parts).resolve()
        inside, there = real.is_relative_to(folder.resolve()), real.is_file()
        size = real.stat().st_size if inside and there else 0
    except (OSError, RuntimeError, ValueError):
        inside, there, size = True, False, 0
    if not inside:
        error("file.outside", where, "the file name leaves the manifest's folder", "Put the file itself there, no link.")
    elif not there:
        error("file.missing", where, "there is no such file beside the manifest", "Give the file with the manifest.")
    elif size == 0:
        error("file.empty", where, "the file is empty")


def _promises(sets: list[Mapping[str, Any]]) -> Facts:
    """Return what holds of all datasets together; leave out what not every one of them says."""
    facts: Facts = {"datasets": [one_line(one["name"], 80) for one in sets if isinstance(one.get("name"), str)]}
    facts["formats"] = sorted({one_line(one["format"].lower(), 40) for one in sets if isinstance(one.get("format"), str)})
    for name in ("self_service", "api"):
        if sets and all(isinstance(one.get(name), bool) for one in sets):
            facts[name] = all(one[name] for one in sets)
    if sets and all(_is_number(one.get("cost")) for one in sets):
        facts |= {"export_fee": any(one["cost"] > 0 for one in sets), "export_cost": sum(one["cost"] for one in sets)}
    if sets and all(_is_number(one.get("days_kept_after_term")) for one in sets):
        facts["days_kept_after_term"] = max(one["days_kept_after_term"] for one in sets)
    return facts
