"""The vetted list: a folder of audits → what is said of each tool → a site that anybody can read.

    folder     what lies where, and each tool's record      reading, summary  an audit of anybody → what everybody may read
    statuses   what is said of a tool, which may follow     replies           a vendor's word on an audit
    grouping   which audits are of one tool                 due               what needs a new audit, and why
    index, server, updating  what was read is remembered    lists             all of it, one tool at a time
    writing    records that only grow                       site/             the pages
"""

from audit.records.listings import VettedList
from audit.registry.lists import Registry, open_registry, read_registry

__all__ = ["Registry", "VettedList", "open_registry", "read_registry"]
