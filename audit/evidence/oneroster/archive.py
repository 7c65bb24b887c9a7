"""A OneRoster archive as a whole: the manifest, then every file in the order in which they refer to each other."""

from collections.abc import Callable
from pathlib import PurePosixPath

from audit.errors import ChecklistError
from audit.evidence.oneroster.file import File, Seen
from audit.evidence.oneroster.manifest import NAME, Manifest, read_manifest
from audit.evidence.oneroster.tables import tables
from audit.evidence.specimen import Facts, Problems, Specimen
from audit.untrusted import Archive, open_zip

_TELLING = ({"users.csv", "orgs.csv"}, {"users.csv", "enrollments.csv"})
"""Files that say OneRoster where the manifest is missing."""


def recognises(specimen: Specimen) -> bool:
    """Return whether a zip holds manifest.csv, or the tables of users with those of schools or enrollments."""
    names = {PurePosixPath(name).name.casefold() for name in specimen.members}
    return NAME in names or any(telling <= names for telling in _TELLING)


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return what a OneRoster archive says: version, product, files, rows, and which personal data are sent.

    Memory: some tens of megabytes, and 8 bytes for each record that others refer to. Raises ChecklistError: no zip that is safe to read.
    """
    with open_zip(specimen.path, ChecklistError) as archive:
        manifest = read_manifest(archive, problems)
        seen = _files(archive, manifest, problems, specimen.watch)
    specimen.watch(1.0)
    return _facts(manifest, seen)


def _files(archive: Archive, manifest: Manifest, problems: Problems, watch: Callable[[float], None]) -> Seen:
    sizes = {name: archive.size(member) for name, member in manifest.members.items()}
    total, before, seen = max(sum(sizes.values()), 1), 0, Seen(manifest.modes)
    for name, table in tables(manifest.version).items():
        if name not in sizes:
            continue
        start = before

        def told(read: int, start: int = start) -> None:
            watch(min((start + read) / total, 1.0))

        with archive.open(manifest.members[name]) as file:
            File(table, manifest.version, manifest.modes[name], problems, seen).check(file, told)
        before += sizes[name]
    return seen


def _facts(manifest: Manifest, seen: Seen) -> Facts:
    """Return what the archive says. Personal data count as sent where a value is there, not where a column is."""
    facts: Facts = {
        "version": manifest.version,
        "files": sorted(manifest.members),
        "rows": dict(seen.rows),
        "passwords": sum(seen.filled[file, "password"] for file in ("users", "userProfiles")),
    }
    if manifest.source:
        facts["product"] = manifest.source
    facts["requests_demographics"] = any(file == "demographics" for file, _ in seen.filled)
    if "users" in manifest.members:
        facts["requests_email"] = seen.filled["users", "email"] > 0
        facts["requests_names"] = any(seen.filled["users", name] for name in ("givenName", "familyName"))
        facts["requests_telephone"] = any(seen.filled["users", name] for name in ("sms", "phone"))
    return facts
