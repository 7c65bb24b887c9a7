"""The command line in a process that has its libraries loaded already: each command runs in a fork of it, as a process of its own.

For tests that run many commands from a shell. What a command reads and does is the same (arguments, folder, environment, standard input and
output, exit code); what is saved is the second or two in which SciPy and scikit-learn load. Needs a system that can fork.
"""

import gc
import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_AT_ONCE = 64
_LOADED = (
    "audit.cli", "audit.pipeline.bundling.bundled", "audit.pipeline.compared", "audit.registry.site.publish", "audit.report.documents", "audit.report.drawn_html",
    "audit.report.drawn_pdf", "audit.report.machines", "jinja2", "openpyxl", "scipy.stats", "securesystemslib.signer",
    "sklearn.feature_extraction.text", "sqlalchemy", "sqlite3", "typer._adapters", "typst",
)
CLIENT = '''#!{python} -IS
import json, os, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({address!r})
socket.send_fds(line, [b"!"], [0, 1, 2])
line.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode())
line.shutdown(socket.SHUT_WR)
sys.exit(int(line.recv(16) or b"70"))
'''


@contextmanager
def warm_program(python: str, environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield a program that does what `python -m audit` does with this Python and these variables; it works until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:   # a short name: a socket's address may not be long
        address, program = str(Path(folder) / "socket"), Path(folder) / "audit"
        with subprocess.Popen([python, "-P", __file__, address], cwd=folder, env=dict(environment), stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            program.write_text(CLIENT.format(python=sys.executable, address=address), encoding="utf-8")
            program.chmod(0o755)
            try:
                yield program
            finally:
                server.terminate()


@contextmanager
def warm_checkout() -> Iterator[Path]:
    """Yield a program that does what `python -m audit` does in this checkout."""
    with warm_program(sys.executable, os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}) as program:
        yield program


def serve(address: str) -> None:
    """Load the libraries, listen, and fork for each command."""
    for name in _LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()   # what is shared with the forks stays shared
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(_AT_ONCE)
    print("ready", flush=True)
    while True:
        line, _ = listening.accept()
        if os.fork() == 0:
            if (worker := os.fork()) == 0:   # the one between waits for it and hands its exit code on
                _run(line, listening)
            _, status = os.waitpid(worker, 0)
            line.sendall(str(os.waitstatus_to_exitcode(status)).encode())
            os._exit(0)
        line.close()
        _reap()


def _reap() -> None:
    """Let go of the children that are done."""
    while True:
        try:
            child, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if child == 0:
            return


def _run(line: socket.socket, listening: socket.socket) -> None:
    """Be the command: never returns."""
    listening.close()
    _, streams, _, _ = socket.recv_fds(line, 1, 3)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    with line.makefile("rb") as said:
        arguments, folder, environment = json.loads(said.read())
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["audit", *arguments]
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, mode, encoding="utf-8", closefd=False) for n, mode in ((0, "r"), (1, "w"), (2, "w")))
    code = 70
    try:
        from audit.cli import main

        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
