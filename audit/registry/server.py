"""Where an index is kept: a SQLite file beside the list, or a PostgreSQL server. Opened, emptied where it is of another edition, and locked."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from filelock import FileLock, Timeout

from audit.errors import RegistryError
from audit.wording import one_line

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, MetaData, Table
    from sqlalchemy.exc import SQLAlchemyError

OWN = ".index.sqlite"
_PATIENCE = 600
_PAUSE = 0.1
_LOCK = 0x6564_7465
_EXAMPLE = "Give postgresql+psycopg://USER:PASSWORD@HOST/DATABASE, or sqlite:///FILE."


class Tables(NamedTuple):
    """The index's tables: about: its edition; audits: a row each."""

    data: "MetaData"
    about: "Table"
    audits: "Table"


@lru_cache
def tables() -> Tables:
    """Return the tables as SQLAlchemy knows them."""
    from sqlalchemy import Boolean, Column, LargeBinary, MetaData, String, Table

    data = MetaData()
    texts = ("stamp", "kind", "same", "digest", "as_of", "problem", "keys", "judged_on", "verified")
    return Tables(
        data, Table("audit_index", data, Column("edition", String, primary_key=True)),
        Table(
            "audit_index_audits", data, Column("list", String, primary_key=True), Column("file", String, primary_key=True),
            *(Column(name, String, nullable=False) for name in texts), Column("settled", Boolean, nullable=False),
            Column("summary", LargeBinary), Column("signers", LargeBinary, nullable=False),
        ),
    )


def of_dialect(connection: "Connection") -> Any:
    """Return the module whose `insert` knows what to do when a row is there already."""
    from sqlalchemy.dialects import postgresql, sqlite

    return postgresql if connection.dialect.name == "postgresql" else sqlite


@contextlib.contextmanager
def connected(url: str | None, folder: Path, edition: str) -> Iterator["Connection"]:
    """Open the index that a URL names, and have it alone; None: SQLite in the folder. Raises RegistryError, without the password."""
    if url is None:
        with _own(folder, edition) as connection:
            yield connection
        return
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise RegistryError("this is no address of an index", where="--index", fix=_EXAMPLE) from None
    if parsed.drivername not in ("sqlite", "postgresql+psycopg") or not parsed.database or parsed.database == ":memory:":
        raise RegistryError("an index is kept in SQLite or PostgreSQL", where="--index", fix=_EXAMPLE)
    if parsed.drivername == "sqlite":
        with _locked(Path(parsed.database)), _opened(parsed, edition) as connection:
            yield connection
        return
    with _opened(parsed, edition) as connection:
        yield connection


@contextlib.contextmanager
def _own(folder: Path, edition: str) -> Iterator["Connection"]:
    """Open the folder's own index; a damaged one is made anew, and where none can be made it is a temporary one."""
    from sqlalchemy import URL

    with contextlib.ExitStack() as stack:
        file = folder / OWN
        if not os.access(folder, os.W_OK) or file.is_symlink():
            file = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="audit-index-", ignore_cleanup_errors=True))) / OWN
        stack.enter_context(_locked(file))
        url = URL.create("sqlite", database=str(file))
        try:
            connection = stack.enter_context(_opened(url, edition))
        except RegistryError:
            file.unlink(missing_ok=True)
            connection = stack.enter_context(_opened(url, edition))
        yield connection


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    try:
        with FileLock(f"{file}.lock", timeout=_PATIENCE):
            yield
    except Timeout:
        raise RegistryError("another command has been using this index for ten minutes", where=str(file), fix="Wait for it to end.") from None
    except OSError as bad:
        raise RegistryError(f"the index cannot be written: {bad.strerror or bad}", where=str(file)) from None


@contextlib.contextmanager
def _opened(url: "URL", edition: str) -> Iterator["Connection"]:
    from sqlalchemy.exc import SQLAlchemyError

    engine = _engine(url)
    try:
        connection = _ready(engine, url, edition)
        try:
            with connection:
                yield connection
        except SQLAlchemyError as bad:
            raise _told(bad, url) from None
    finally:
        engine.dispose()


def _engine(url: "URL") -> "Engine":
    from sqlalchemy import create_engine

    arguments = {"connect_timeout": 10} if url.get_backend_name() == "postgresql" else {"timeout": _PATIENCE}
    try:
        return create_engine(url, connect_args=arguments)
    except ModuleNotFoundError:
        raise RegistryError("PostgreSQL needs one more package", where="--index", fix="Install it: pip install 'edtech-equity-audit[postgresql]'.") from None


def _ready(engine: "Engine", url: "URL", edition: str) -> "Connection":
    """Return a connection to an index of this edition that nobody else uses; one of another edition is emptied."""
    from sqlalchemy import insert, inspect, select
    from sqlalchemy.exc import SQLAlchemyError

    known, connection = tables(), None
    try:
        connection = engine.connect()
        if url.get_backend_name() == "postgresql":
            _wait(connection, url)
        there = inspect(connection).has_table(known.about.name)
        if not there or connection.execute(select(known.about.c.edition)).scalars().all() != [edition]:
            known.data.drop_all(connection)
            known.data.create_all(connection)
            connection.execute(insert(known.about).values(edition=edition))
        connection.commit()
    except (SQLAlchemyError, RegistryError) as bad:
        if connection is not None:
            connection.close()
        raise _told(bad, url) if isinstance(bad, SQLAlchemyError) else bad from None
    return connection


def _wait(connection: "Connection", url: "URL") -> None:
    """Wait until nobody else uses the index. The lock goes with the connection, whatever becomes of us."""
    from sqlalchemy import text

    until = time.monotonic() + _PATIENCE
    while not connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": _LOCK}).scalar():
        connection.rollback()
        if time.monotonic() > until:
            raise RegistryError("another command has been using this index for ten minutes", where=url.render_as_string(), fix="Wait for it to end.")
        time.sleep(_PAUSE)


def _told(bad: "SQLAlchemyError", url: "URL") -> RegistryError:
    """Return a database's error in one line, without the password."""
    lines = str(getattr(bad, "orig", None) or type(bad).__name__).splitlines()
    said = one_line(lines[0] if lines else type(bad).__name__, 300)
    if url.password:
        said = said.replace(str(url.password), "***")
    return RegistryError(f"the index cannot be used: {said}", where=url.render_as_string(), fix="Check the address, or leave out --index.")
