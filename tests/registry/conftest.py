"""What several tests of lists share."""

import sys

import pytest


@pytest.fixture(scope="session")
def postgresql():
    """The address of an empty database on a real PostgreSQL server; started once."""
    if sys.platform == "win32":
        pytest.skip("the server of these tests listens on a Unix socket")
    from tests.registry.postgres import a_server

    with a_server() as url:
        yield url
