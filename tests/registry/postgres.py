"""A real PostgreSQL server for the tests that ask for one: private, in a temporary folder, on a socket of its own, without a port."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PASSWORD = "correct-horse"
_USERS = ("postgres", "nobody")
_PATIENCE = 60


def _program(name: str) -> str:
    """Return a program of PostgreSQL: Debian keeps them out of the path."""
    found = shutil.which(name) or next((str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None)
    if found is None:
        said = "PostgreSQL is not installed, so the index on a server was not tested: run make test, which installs it (tests/tools.sh)"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    return found


def _somebody() -> dict:
    """Return as whom the server runs: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    users = {one.pw_name: one for one in pwd.getpwall()}
    user = next(users[name] for name in _USERS if name in users)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _ran(*command: str, **options) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **options)
    assert done.returncode == 0, f"{command[0]} failed: {done.stdout}{done.stderr}"


@contextlib.contextmanager
def a_server() -> Iterator[str]:
    """Start a server, and give the address of its database `audits` as SQLAlchemy writes it; everything is gone afterwards."""
    initdb, postgres, somebody = _program("initdb"), _program("postgres"), _somebody()
    with tempfile.TemporaryDirectory(prefix="audit-pg-", ignore_cleanup_errors=True) as folder:
        data, secret = f"{folder}/data", Path(folder, "password")
        secret.write_text(PASSWORD, encoding="utf-8")
        if somebody:
            for path in (folder, secret):
                os.chown(path, somebody["user"], somebody["group"])
        _ran(initdb, "-D", data, "-U", "auditor", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-locale", "--no-sync", **somebody)
        options = ("-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=20")
        server = subprocess.Popen([postgres, "-D", data, *options], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **somebody)
        try:
            _wait(server, folder)
            yield f"postgresql+psycopg://auditor:{PASSWORD}@/audits?host={folder}"
        finally:
            server.send_signal(signal.SIGQUIT)   # at once: nothing of it is kept
            server.wait(_PATIENCE)


def _wait(server: subprocess.Popen, folder: str) -> None:
    import psycopg

    until = time.monotonic() + _PATIENCE
    while True:
        try:
            with psycopg.connect(host=folder, user="auditor", password=PASSWORD, dbname="postgres", autocommit=True) as connection:
                connection.execute("create database audits")
                return
        except psycopg.OperationalError:
            assert server.poll() is None, "the server ended"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)
