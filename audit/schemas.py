"""The JSON Schemas of what the commands write, made from the records themselves."""

from typing import Any

import msgspec

from audit.records import Results, Scorecard

_BASE = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, Any]:
    """Return name → JSON Schema (2020-12) of results.json and scorecard.json."""
    return {
        name: {"$schema": _BASE, "title": f"edtech-equity-audit {name}"} | msgspec.json.schema(kind)
        for name, kind in {"results": Results, "scorecard": Scorecard}.items()
    }
