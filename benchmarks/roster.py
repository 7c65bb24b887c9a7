"""A district's roster, checked: python -m benchmarks.roster

Makes OneRoster 1.2 archives of 10,000, 100,000 and 1,000,000 invented people (a school for every 500, two roles for one
in twenty, five enrollments each), checks each in a process of its own, and prints the peak of memory and the processor time for
one person as ratios to the smallest. Only ratios mean anything on another machine. A few minutes; --users for fewer.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from audit.evidence import oneroster
from audit.evidence.oneroster.tables import tables
from audit.evidence.specimen import Problems, Specimen

SIZES = (10_000, 100_000, 1_000_000)
MOST_MEMORY = 300_000_000
GROWTH = 1.5
"""The most that one person of the largest roster may take, over one of the smallest."""

OF_A_SCHOOL, OF_A_CLASS, CLASSES = 500, 25, 5
NAMES = ("Ada", "Bo", "Cleo", "Dee", "Eli", "Fay", "Gus", "Hana"), ("Elm", "Marsh", "Vale", "Reed", "Stone", "Lark", "Wren")


def _sessions(users: int) -> Iterator[str]:
    yield "y,,,2026-27,schoolYear,2026-08-17,2027-06-11,,2027"
    yield "t,,,Fall,term,2026-08-17,2026-12-18,y,2027"


def _orgs(users: int) -> Iterator[str]:
    yield "d,,,Invented District,district,,"
    yield from (f"s{i},,,School {i},school,{i},d" for i in range(schools(users)))


def _courses(users: int) -> Iterator[str]:
    yield from (f'c{i},,,y,Course {i},C{i},"09,10",d,,' for i in range(100))


def _classes(users: int) -> Iterator[str]:
    for i in range(classes(users)):
        yield f"k{i},,,Class {i},09,c{i % 100},,scheduled,,s{i % schools(users)},t,,,"


def _users(users: int) -> Iterator[str]:
    given, family = NAMES
    many = schools(users)
    for i in range(users):
        name = f"{given[i % 8]},{family[i % 7]}"
        yield f"u{i},,,true,user{i},,{name},,{i},user{i}@example.org,,,,{i % 12 + 1:02},,,,,,s{i % many},"


def _roles(users: int) -> Iterator[str]:
    many = schools(users)
    for i in range(users):
        yield f"r{i},,,u{i},primary,{'teacher' if i % 20 == 0 else 'student'},2026-08-17,,s{i % many},"
        if i % 20 == 0:
            yield f"q{i},,,u{i},secondary,proctor,2026-08-17,,s{i % many},"


def _enrollments(users: int) -> Iterator[str]:
    many, rooms = schools(users), classes(users)
    for i in range(users):
        role = "teacher" if i % 20 == 0 else "student"
        for j in range(CLASSES):
            k = (i * CLASSES + j) % rooms
            yield f"e{i}-{j},,,k{k},s{k % many},u{i},{role},false,2026-08-17,2026-12-18"


def schools(users: int) -> int:
    return -(-users // OF_A_SCHOOL)


def classes(users: int) -> int:
    return -(-users // OF_A_CLASS) * CLASSES


FILES: dict[str, Callable[[int], Iterator[str]]] = {
    "academicSessions": _sessions, "orgs": _orgs, "courses": _courses, "classes": _classes, "users": _users, "roles": _roles,
    "enrollments": _enrollments,
}


def write_archive(path: Path, users: int) -> None:
    """Write an archive of so many invented people, without a fault, a line at a time."""
    known = tables("1.2")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"]
        lines += [f"file.{name},{'bulk' if name in FILES else 'absent'}" for name in known]
        archive.writestr("manifest.csv", "\r\n".join(lines) + "\r\n")
        for name, rows in FILES.items():
            with archive.open(f"{name}.csv", "w", force_zip64=True) as file:
                file.write((",".join(known[name].header) + "\r\n").encode())
                for row in rows(users):
                    file.write(f"{row}\r\n".encode())


def checked(path: str) -> tuple[float, int, int]:
    """Return seconds of the processor (waiting for other programs is not in it), the peak of memory in bytes, and the problems found."""
    problems = Problems()
    start = time.process_time()
    oneroster.check(Specimen(Path(path), date(2026, 11, 22)), problems)
    unit = 1 if sys.platform == "darwin" else 1024
    return time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit, problems.counts.total()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, nargs="+", default=SIZES, help="sizes of the rosters (default: 10,000, 100,000 and 1,000,000)")
    kept, first = True, (0.0, 0)
    for users in parser.parse_args().users:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:   # /tmp may be memory
            path = Path(folder) / "roster.zip"
            write_archive(path, users)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                seconds, memory, problems = pool.apply(checked, (str(path),))
        first = first if first[1] else (seconds / users, memory)
        times, growth = seconds / users / first[0], memory / first[1]
        good = memory <= MOST_MEMORY and times <= GROWTH and not problems
        kept = kept and good
        print(
            f"{users:>9,} people: peak memory {growth:.2f} times the smallest roster's and {memory / MOST_MEMORY:.2f} of 300 MB, "
            f"processor time for one person {times:.2f} times; {problems} problems{'' if good else '  <- broken'}"
        )
    print("Every promise is kept." if kept else "A promise is broken.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
