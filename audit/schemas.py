"""The JSON Schemas of what the commands write, made from the records themselves."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from audit import bundles
from audit.checklists import Answered
from audit.collect.journal import Event
from audit.judge import Checked
from audit.records import Answer, Claim, EvidenceFile, Filed, Results, Scorecard
from audit.records.adoption import AdoptedFrom
from audit.records.changes import AuditChange
from audit.records.comparisons import ToolComparison
from audit.records.fleets import Fleet
from audit.records.merged import Merged
from audit.records.published import PublishedList
from audit.records.verification import Verification, WithheldSet
from audit.runs import Head

_BASE = "https://json-schema.org/draft/2020-12/schema"
_LATER = "A field of a later version. Ignore what you do not know: fields are added, and none is taken away while the edition in `schema` stays."
_ONE_VALUE = ["string", "number", "boolean"]


class Manifest(Struct, frozen=True):
    """`manifest.json`: the versions and seeds that the numbers depend on, and the SHA-256 (hex) of every file of the folder by its path."""

    schema: Literal["edtech-equity-audit/manifest/1"]
    versions: dict[str, str]
    seeds: dict[str, int]
    files: dict[str, Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]]


_KINDS: dict[str, tuple[Any, str]] = {
    "results": (Results, "RUN/results.json, and audit analyze --format json: every measured difference with its verdict."),
    "scorecard": (Scorecard, "RUN/scorecard.json, and audit run --format json: the decision and all it rests on."),
    "manifest": (Manifest, "RUN/manifest.json: what is in the folder."),
    "run": (Head, "RUN/run.json: which edition the folder is of, and which collection its replies belong to."),
    "journal": (Event, "One line of RUN/journal.jsonl: the beginning, a call, its reply or its failure."),
    "answers": (Answered, "RUN/answers.json: the answers, the register of evidence and the claims, as they were read."),
    "evidence": (dict[str, EvidenceFile], "RUN/evidence.json: what was found in each file, by the name that answers give it."),
    "judge": (Checked, "judge.json, which audit judge check writes: what the examination of a judge found."),
    "adopted": (AdoptedFrom, "RUN/adopted.json, which audit adopt writes: the audit that was taken over, and what was put over it."),
    "bundle": (bundles.Head, "bundle.json in NAME.audit.zip: what the bundle holds and what was withheld; its own SHA-256 is the bundle's digest."),
    "withheld": (WithheldSet, "run/withheld/sets/SET.json in a bundle: private fixtures whose texts are commitments."),
    "verification": (Verification, "audit verify --format json: what a bundle's hashes, signatures and recomputed numbers say."),
    "comparison": (ToolComparison, "comparison.json, which audit compare writes: tools side by side."),
    "change": (AuditChange, "change.json, which audit diff writes: what changed between two audits of one tool."),
    "merged": (Merged, "merged.json, which audit merge writes: several audits of one tool, and what their replies show together."),
    "fleet": (Fleet, "fleet.json, which audit fleet writes: what became of each of many plans."),
    "tools": (PublishedList, "tools.json, which audit publish writes: a vetted list for programs."),
}
_CONST = {"bundle": "Head", "withheld": "WithheldSet", "verification": "Verification", "results": "Results", "scorecard": "Scorecard", "comparison": "ToolComparison", "change": "AuditChange", "merged": "Merged", "fleet": "Fleet", "tools": "PublishedList"}
_FREE = {
    ("Difference", "was"): "What the bundle says: any JSON value; null where it says nothing (`kind`).",
    ("Difference", "is"): "What was recomputed: any JSON value; null where there is nothing.",
    ("Scorecard", "tool"): "The plan's [tool]: name, vendor, version, use_cases, audience, student_data, ages, grades, languages, features.",
    ("Scorecard", "auditor"): "The plan's [auditor]: organisation, and role (district, state, vendor or independent).",
    ("Scorecard", "provenance"): "What the numbers come from: collection, versions, seed, repeats, adapter, counts of calls and replies, times, models, policy, checklists, "
                                 "personal data, fixtures with their SHA-256, missing replies with their reasons, judges.",
    ("Answered", "output"): "What the tool replied: any JSON value.",
    ("Answered", "meta"): "What the reply says of itself, such as the model and the tokens used.",
    ("FileCheck", "facts"): "What the file says of itself; which facts there are depends on its kind (docs/evidence.md).",
}


def schemas() -> dict[str, Any]:
    """Return name → JSON Schema (2020-12) of every JSON file that the commands write, and of answers.toml as a table."""
    made = {name: _schema(name, kind, about) for name, (kind, about) in _KINDS.items()}
    return made | {"answers-toml": _answers_toml()}


def _schema(name: str, kind: Any, about: str) -> dict[str, Any]:
    made = msgspec.json.schema(kind)
    for title, definition in made.get("$defs", {}).items():
        if definition.get("type") == "object":
            _explain(title, definition)
    if name in _CONST:
        made["$defs"][_CONST[name]]["properties"]["schema"] = {"const": f"edtech-equity-audit/{name}/1"}
    return {"$schema": _BASE, "title": f"edtech-equity-audit {name}", "description": about} | made


def _explain(title: str, definition: dict[str, Any]) -> None:
    """Say what a reader does with a field that is not here, and what a field of any shape holds."""
    if not definition.get("additionalProperties"):   # also where our own reading of the record refuses what it does not know
        definition["additionalProperties"] = {"description": _LATER}
    for name, field in definition["properties"].items():
        if (title, name) in _FREE:
            field["description"] = _FREE[title, name]


def _answers_toml() -> dict[str, Any]:
    """Return the schema of what a person writes: as the records, without the places that reading adds; a value may be a text, a number, a date or true or false."""
    made = msgspec.json.schema(tuple[Answer, Filed, Claim])["$defs"]
    for kind in made.values():
        kind["properties"] = {name: {"type": _ONE_VALUE} for name in kind["properties"] if name != "where"}
        kind["additionalProperties"] = False
    del made["Filed"]["properties"]["file"]
    made["Filed"]["required"] = []
    return {
        "$schema": _BASE, "title": "edtech-equity-audit answers-toml", "$defs": made, "type": "object", "additionalProperties": False,
        "description": "answers.toml as a table: what people answer, the register of evidence, the vendor's claims. A date is written as a date or as a text such as 2026-11-21.",
        "properties": {
            "answers": {"description": "Criterion → its answer, alone or with what backs it.", "type": "object",
                        "additionalProperties": {"anyOf": [{"type": _ONE_VALUE}, {"$ref": "#/$defs/Answer"}]}},
            "evidence": {"description": "File name → its entry in the register.", "type": "object", "additionalProperties": {"$ref": "#/$defs/Filed"}},
            "claims": {"description": "What the vendor says of its product.", "type": "array", "items": {"$ref": "#/$defs/Claim"}},
        },
    }
