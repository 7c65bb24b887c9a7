"""LibreOffice, as a person's spreadsheet program: opens a file and saves it again."""

import shutil
import subprocess
from pathlib import Path

FILTERS = {
    "xlsx": "xlsx:Calc MS Excel 2007 XML", "ods": "ods",
    "csv": "csv:Text - txt - csv (StarCalc):44,34,76,1", "csv;": "csv:Text - txt - csv (StarCalc):59,34,76,1",
    "csv-utf16-tab": "csv:Text - txt - csv (StarCalc):9,34,65535,1",
}


def save_as(path: Path, kind: str, folder: Path) -> Path:
    """Open `path` in LibreOffice and save it into `folder`; `kind` is one of FILTERS."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    assert program, "this test needs LibreOffice (soffice) on the PATH: it proves that worksheets survive a real spreadsheet program"
    folder.mkdir(parents=True, exist_ok=True)
    home = f"-env:UserInstallation={(folder / 'profile').resolve().as_uri()}"
    command = [program, home, "--headless", "--convert-to", FILTERS[kind], "--outdir", str(folder), str(path)]
    if path.suffix == ".csv":
        command[3:3] = ["--infilter=Text - txt - csv (StarCalc):44,34,76,1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    saved = folder / f"{path.stem}.{FILTERS[kind].split(':')[0]}"
    assert saved.is_file(), f"LibreOffice did not write {saved.name}: {done.stdout} {done.stderr}"
    return saved
