"""What holds for every test."""

import gc

import pytest


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the garbage collector out of thousands of collected tests and loaded libraries: statsmodels, for one, calls it in every function."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let everything be collected again, so that libraries that look for leaks at the end find none."""
    gc.unfreeze()
