"""The guides' commands, run as they stand on the page, and the pictures made of what they write: python -m benchmarks.guides.

A page (docs/guides/*.md) is run from top to bottom in one folder. A ```sh block holds commands, one a line; "# exit code 3" behind
a command is the code that it must end with, 0 otherwise. A ```toml block whose first line is "# some/path.toml" is written to that path.
What a person does between two commands stands in PEOPLE. The addresses of the invented products lead to stand-ins on this machine.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import tomli_w
from msgspec import Struct

from audit import runs
from audit.bundles import SigningKey, load_signing_key, open_bundle
from audit.bundles.editing import make_pair
from audit.fixtures import find_set, load_set
from audit.pipeline.bundling.bundled import bundle_run
from audit.pipeline.scored import assess_run, read_material
from audit.registry.replying import make_reply, write_reply
from benchmarks.warm import warm_checkout, warm_program

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "docs" / "guides"
BORDER = 12
ADDRESS = "https://api.example.com/v1/"
People = dict[tuple[str, str], Callable[[Path], None]]
SHIM = '#!/bin/sh\nexec "{python}" -m audit "$@"\n'


class Ran(Struct, frozen=True):
    """A command as written, the exit code that the page promises and the one that it ended with, and what it said."""

    line: str
    promised: int
    code: int
    stdout: str
    stderr: str


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Yield (language, text) of each fenced block of a page."""
    yield from re.findall(r"^```(\w*)[^\n]*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def commands(block: str) -> Iterator[tuple[str, int]]:
    """Yield (command, promised exit code) of a block."""
    for line in re.sub(r"\\\n\s*", " ", block).splitlines():
        if line.strip() and not line.startswith("#"):
            promised = re.search(r"# exit code (\d)", line)
            yield line.split("  #")[0].strip(), int(promised[1]) if promised else 0


def run_page(name: str, folder: Path, environment: Mapping[str, str], skip: str = "$^", also: People | None = None) -> list[Ran]:
    """Run a guide's commands in the folder; leave out the lines that match `skip`. Return what ran. also: what is done between two commands beside PEOPLE."""
    ran, people = [], PEOPLE | (also or {})
    with stand_in_api() as address:
        for language, text in blocks((GUIDES / f"{name}.md").read_text(encoding="utf-8")):
            if language == "toml" and text.startswith("# "):
                path = folder / text[2:].split("\n", 1)[0].split(":")[0].strip()
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text.replace(ADDRESS, address), encoding="utf-8")
            elif language == "sh":
                for line, promised in commands(text):
                    if not re.search(skip, line):
                        ran.append(_shell(line, promised, folder, environment))
                        people.get((name, line), _nobody)(folder)
    return ran


def _shell(line: str, promised: int, folder: Path, environment: Mapping[str, str]) -> Ran:
    """Run one line as the next one of a terminal session: variables and the place stay."""
    state = folder / ".session"
    state.touch()
    script = f'. "{state}"\n{line}\ncode=$?\n{{ export -p; echo "cd \'$PWD\'"; }} > "{state}"\nexit $code\n'
    done = subprocess.run(["sh", "-c", script], cwd=folder, env=dict(environment), capture_output=True, text=True, encoding="utf-8", check=False)
    return Ran(line, promised, done.returncode, done.stdout, done.stderr)


def session(folder: Path, program: Path | None = None) -> dict[str, str]:
    """Return an environment in which `audit` is this checkout (or this program) and `python3` the Python that runs."""
    shims = folder / "bin"
    shims.mkdir(parents=True, exist_ok=True)
    for name, text in {"audit": SHIM if program is None else f'#!/bin/sh\nexec "{program}" "$@"\n', "python3": SHIM.replace(" -m audit", "")}.items():
        (shims / name).write_text(text.format(python=sys.executable), encoding="utf-8")
        (shims / name).chmod(0o755)
    return os.environ | {"PATH": f"{shims}{os.pathsep}{os.environ['PATH']}", "PYTHONIOENCODING": "utf-8"}


def fresh_machine(folder: Path, wheel: Path) -> dict[str, str]:
    """Return an environment with the wheel in the folder, where pip takes nothing from the internet: what the wheel needs is this Python's."""
    shutil.copy(wheel, folder)
    return session(folder) | {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONPATH": sysconfig.get_path("purelib")}


@contextmanager
def installed_and_warm(folder: Path) -> Iterator[People]:
    """Yield what loads the libraries of the district's own installation once, after its first command from there: the others need not."""
    with ExitStack() as open_until_then:

        def warm_up(_: Path) -> None:
            own = folder / "audit-env" / "bin"
            program = open_until_then.enter_context(warm_program(str(own / "python"), os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}))
            (own / "audit").write_text(f'#!/bin/sh\nexec "{program}" "$@"\n', encoding="utf-8")

        yield {("district", "audit list fixtures"): warm_up}


@contextmanager
def stand_in_api() -> Iterator[str]:
    """Serve both invented products: a scorer of essays with a gap of 0.8 points for African American English, a filter without one."""
    essays = {row.input["text"]: (row.item, row.groups.get("dialect")) for row in load_set(find_set("essay-scoring", ROOT)).rows}

    class Product(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]
            essay, dialect = essays.get(text, ("", None))
            score = round(2 + 3 * _luck(essay) + 0.4 * _luck(text) - 0.8 * (dialect == "AAE"), 2)
            body = json.dumps({"score": score, "flag": len(text) % 3 == 0}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Product)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/"
    finally:
        server.shutdown()
        server.server_close()


def _luck(text: str) -> float:
    """Return a number from 0 to 1 that is always the same for a text."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


def paste(sheet: Path) -> None:
    """Fill a worksheet as a person would, from a product that takes longer words for a machine's."""
    book = openpyxl.load_workbook(sheet)
    rows = book.worksheets[0]
    for row in range(2, rows.max_row + 1):
        if text := rows.cell(row, 2).value:
            rows.cell(row, 3).value = "AI" if len(text) / len(text.split()) > 5.145 else "human"
    book.save(sheet)


def answer(workbook: Path, said: Mapping[str, tuple[str, str]]) -> None:
    """Fill an answers workbook in: criterion → (answer, evidence)."""
    book = openpyxl.load_workbook(workbook)
    for sheet in book.worksheets:
        heads = [cell.value for cell in sheet[1]]
        if "criterion" in heads:
            for row in sheet.iter_rows(min_row=2):
                if given := said.get(str(row[heads.index("criterion")].value)):
                    row[heads.index("answer")].value, row[heads.index("evidence")].value = given
    book.save(workbook)


REQUIRED = {
    "safe-agreement": "yes", "safe-data-inventory": "yes", "safe-no-training": "yes", "safe-no-ads-or-sale": "yes", "safe-biometrics": "no",
    "safe-emotion-inference": "no", "safe-deletion": "30", "safe-breach-notice": "3", "safe-off-switch": "yes", "safe-human-review": "yes",
    "evidence-based-test-access": "yes", "inclusive-level-a-barriers": "yes",
}


def _answered(place: str, *left_open: str) -> Callable[[Path], None]:
    return lambda folder: answer(folder / place, {name: (said, "agreement, section 8") for name, said in REQUIRED.items() if name not in left_open})


def _vendor_files(folder: Path) -> None:
    """Lay a HECVAT workbook and evidence ready, as a vendor has them, all invented."""
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Product"
    for row in (["Cells may hold lists"], ["HECVAT Solution Provider Response - Product"], ["Date Completed"],
                ["=VLOOKUP(1,2,3)", None, "Answer", "Additional Information", "Guidance", "Analyst Notes"],
                ["DATA-03", "=x", "Yes", "AES-256."], ["DATA-04", "=x", "No", ""]):
        book.worksheets[0].append(row)
    hidden = book.create_sheet("Auto Responses")
    hidden.sheet_state = "hidden"
    hidden.append(["These fill themselves"])
    hidden.append(["Version 4.1.6"])
    book.save(folder / "our-hecvat.xlsx")
    samples = folder / "equity" / "evidence" / "samples"
    samples.mkdir(parents=True)
    (samples / "flags.csv").write_text("message,flagged\nm1,yes\nm2,no\n", encoding="utf-8")
    (samples / "certificate.pdf").write_bytes(b"%PDF-1.4\n%an invented certificate\n")


def _half_a_year(folder: Path) -> None:
    path = folder / "policy.toml"
    path.write_text(re.sub(r"^months = 12\b", "months = 6", path.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")


def _replaced(place: str, *pairs: tuple[str, str]) -> Callable[[Path], None]:
    """Return what a person does who changes these words in a file."""
    def change(folder: Path) -> None:
        text = (folder / place).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (folder / place).write_text(text, encoding="utf-8")

    return change


def _vendor_replies(folder: Path) -> None:
    """Lay the reply of an invented vendor ready, as it would send it."""
    (folder / "said.txt").write_text("We have asked for the texts, and will look into each of them.\n", encoding="utf-8")
    with open_bundle(folder / "detector-b" / "plan-run.audit.zip") as bundle:
        write_reply(make_reply(bundle.digest, "Other Example", folder / "said.txt", "en", bundle.head.as_of), folder / "reply.toml", None)


def _audited_by(organisation: str, role: str, run: Path, bundle: Path, key: SigningKey | None = None) -> None:
    """Write the bundle that somebody else would have made of this run, had they asked the tool and got the same replies."""
    with tempfile.TemporaryDirectory() as base:
        theirs = Path(shutil.copytree(run, Path(base) / "run"))
        plan = tomllib.loads((theirs / "plan.toml").read_text(encoding="utf-8")) | {"auditor": {"organisation": organisation, "role": role}}
        runs.write_text(theirs / "plan.toml", tomli_w.dumps(plan))
        found = assess_run(theirs, read_material(theirs), date.fromisoformat(json.loads((run / "scorecard.json").read_text(encoding="utf-8"))["as_of"]))
        runs.write_json(theirs / "results.json", found.results)
        runs.write_json(theirs / "scorecard.json", found.card)
        runs.write_manifest(theirs, {"design": found.material.plan.design.seed})
        bundle_run(theirs, bundle, key)


def _state_lists_it(folder: Path) -> None:
    """Lay the bundle of an invented state ready, and its key, as a district downloads them."""
    key = make_pair("Example State Department of Education", "state", folder / "state", "", "", "")
    shutil.move(folder / "state.pub.toml", folder / "state-keys.toml")
    _audited_by("Example State Department of Education", "state", folder / "scorer" / "plan-run", folder / "essay-scorer.audit.zip", load_signing_key(folder / "state.key", ""))
    assert key.role == "state"


def _district_audits(folder: Path) -> None:
    """Lay an invented district's audit of the vendor's product ready, and what the vendor says to it."""
    _audited_by("Lakeside Unified", "district", folder / "equity" / "run", folder / "audit-of-us.audit.zip")
    (folder / "reply.txt").write_text("We thank the district. Version 3.2, due in March, answers the open points.\n", encoding="utf-8")


def _nobody(_: Path) -> None:
    """Between most commands a person does nothing."""


PEOPLE: People = {
    ("district", "audit check scorer/plan.toml --ping"): _answered("scorer/answers.xlsx"),
    ("district", "audit collect detector/plan.toml"): lambda folder: paste(folder / "detector" / "worksheet.xlsx"),
    ("district", "audit check detector/plan.toml"): _answered("detector/answers.xlsx", "safe-agreement", "safe-breach-notice"),
    ("district", "audit run detector/plan.toml"): _answered("detector/answers.xlsx"),
    ("state", "cp trial/plan-run/policy.toml policy.toml"): _half_a_year,
    ("state", "cp detector-a/plan.toml detector-a/answers.xlsx lakeside"): _replaced(
        "lakeside/plan.toml", ("Example State Department of Education", "Lakeside Unified"), ('role = "state"', 'role = "district"')),
    ("state", "cp detector-a/plan.toml detector-a/answers.xlsx detector-a-new"): _replaced("detector-a-new/plan.toml", ("2026.11", "2027.2")),
    ("state", "audit verify detector-b/plan-run.audit.zip --keys list/trusted-keys.toml --fixtures detector-b/plan-run"): _vendor_replies,
    ("district", "audit score detector/plan-run --answers detector/answers.xlsx --evidence detector/evidence"): _state_lists_it,
    ("vendor", "audit verify equity/run.audit.zip"): _district_audits,
    ("vendor", "audit check equity/plan.toml --ping"): _vendor_files,
    ("vendor", "audit evidence check equity/evidence"): lambda folder: answer(folder / "equity" / "answers.xlsx", {
        "interoperable-export": ("yes", "portability.toml"), "safe-off-switch": ("yes", "https://example.com/help/off")}),
}


def drawing(page: Path, *words: str) -> str:
    """Return the first picture of a written page whose description holds these words, as an SVG file on white paper."""
    for head, inside in re.findall(r"(<svg [^>]*>)(.*?</svg>)", page.read_text(encoding="utf-8"), re.DOTALL):
        if all(word in unescape(head) for word in words):
            width, height = (int(n) + 2 * BORDER for n in re.search(r'viewBox="0 0 (\d+) (\d+)"', head).groups())
            paper = f'<rect x="{-BORDER}" y="{-BORDER}" width="{width}" height="{height}" fill="#ffffff"/>'
            size = f'width="{width}" height="{height}" viewBox="{-BORDER} {-BORDER} {width} {height}"'
            return re.sub(r'width="\d+" height="\d+" viewBox="[^"]*"', size, head) + paper + inside + "\n"
    raise LookupError(f"{page.name} has no picture of {words!r}")


def drawn(district: Path) -> dict[str, str]:
    """Return name → SVG of the pictures of the district's guide, from the folder in which it was run."""
    return {
        "scorer-dialect.svg": drawing(district / "scorer/plan-run/documents/en/report.html", "Differences against Standardized American English"),
        "detector-writer.svg": drawing(district / "detector/plan-run/documents/en/report.html", "Differences against Written in the manner", "Measured +"),
    }


def drawn_beside(state: Path) -> str:
    """Return the SVG of the state's comparison; no two are the same, because its texts are drawn by a secret seed."""
    return drawing(state / "comparison/comparison.html", "Differences of each tool")


def _photograph(page: Path, picture: Path, height: int) -> None:
    """Write what Chromium shows of a page, as a PNG."""
    program = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    subprocess.run([program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size=820,{height}",
                    f"--screenshot={picture}", page.resolve().as_uri()], check=True, capture_output=True)


def main() -> None:
    """Run the guides and make their pictures anew."""
    with tempfile.TemporaryDirectory(prefix="guides-") as base:
        folders = {name: Path(base) / name for name in ("district", "state")}
        with warm_checkout() as program:
            for name, folder in folders.items():
                folder.mkdir()
                for ran in run_page(name, folder, session(folder, program), "audit-env|pip install"):
                    print(ran.code, ran.line)
        _write_pictures(folders["district"], folders["state"])


def _write_pictures(district: Path, state: Path) -> None:
    pictures = GUIDES / "pictures"
    pictures.mkdir(exist_ok=True)
    for name, svg in (drawn(district) | {"two-detectors.svg": drawn_beside(state)}).items():
        (pictures / name).write_text(svg, encoding="utf-8")
    for name in ("memo", "staff"):
        _photograph(district / f"scorer/plan-run/documents/en/{name}.html", pictures / f"{name}.png", 1150)


if __name__ == "__main__":
    main()
