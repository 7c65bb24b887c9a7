"""What the tests of the adapters share."""

from collections.abc import Iterator

import pytest

from tests.loopback import http_server
from tests.vendors.chromium import OneChromium
from tests.vendors.pages import serve


@pytest.fixture(scope="session")
def chromium() -> Iterator[OneChromium]:
    """One browser for all tests that are not about starting or ending one."""
    one = OneChromium()
    try:
        yield one
    finally:
        one.close()


@pytest.fixture(scope="module")
def other():
    """Pages on a host that is not the tool's."""
    with http_server(serve()) as server:
        yield server


@pytest.fixture(scope="module")
def server(other):
    """The tool's pages, some of which lead to the other host."""
    with http_server(serve(other.url)) as server:
        server.url = server.url.replace("127.0.0.1", "localhost")   # another host than `other`
        yield server
