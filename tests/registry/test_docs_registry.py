"""docs/registry.md says what the program does: its statuses, keys and kinds are those of the records and of the policy."""

import re
from pathlib import Path
from typing import get_args

from audit.records.listings import Due, Publisher, StatusEntry, ToolRecord
from audit.registry.folder import parse_record
from audit.registry.server import OWN, tables
from audit.registry.statuses import read_statuses

PAGE = (Path(__file__).parents[2] / "docs/registry.md").read_text(encoding="utf-8")


def test_the_page_has_the_policys_table_of_statuses():
    rows = re.findall(r"^\| `(\w+)` \| (yes|no) \| (.*) \|$", PAGE, re.MULTILINE)
    told = [(name, use == "yes", tuple(re.findall(r"`(\w+)`", to))) for name, use, to in rows]
    assert told == [(one.id, one.allows_use, one.may_become) for one in read_statuses().status]


def test_the_page_names_every_key_of_a_record_and_of_the_publisher():
    for kind in (ToolRecord, Publisher, StatusEntry):
        for name in kind.__struct_fields__:
            assert re.search(rf"`{name}`|\b{name} = |\[\[{name}\]\]|`{name}` ", PAGE), name


def test_the_page_names_every_kind_of_what_is_due():
    kinds = get_args(Due.__annotations__["kind"])
    assert re.findall(r"^\| `(\w+)` \| (?:on|when) ", PAGE, re.MULTILINE) == list(kinds)


def test_the_example_of_a_record_is_one():
    text = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
    assert parse_record(text, "docs/registry.md").id == "essay-coach"


def test_the_page_names_the_indexs_file_and_tables():
    known = tables()
    assert all(f"`{name}`" in PAGE for name in (OWN, known.about.name, known.audits.name))
