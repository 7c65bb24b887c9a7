"""What the tests of the adapters share."""

from collections.abc import Iterator

import pytest

from tests.vendors.chromium import OneChromium


@pytest.fixture(scope="session")
def chromium() -> Iterator[OneChromium]:
    """One browser for all tests that are not about starting or ending one."""
    one = OneChromium()
    try:
        yield one
    finally:
        one.close()
