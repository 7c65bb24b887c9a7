"""`audit publish --verify`, on real bundles of a stand-in: a forger who makes every hash again is found by the numbers."""

import datetime as dt

import pytest

from audit.pipeline.bundling.bundled import bundle_run
from audit.registry import open_registry
from tests.bundles.runs_made import a_run, forged, in_json

DAY = dt.date(2026, 11, 30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("made")
    bundle_run(a_run(made / "x"), made / "list/good.audit.zip")

    def change(results):
        results["disparities"][0]["estimate"] += 0.01

    forged(made / "list/good.audit.zip", made / "list/forged.audit.zip", **{"run/results.json": in_json(change)})
    return made / "list"


def test_a_forged_number_is_listed_without_recomputing_and_named_with_it(folder):
    with open_registry(folder, DAY) as registry:
        assert [len(one.audits) for one in registry.listings()] == [2]
    with open_registry(folder, DAY, verify=True) as registry:
        one, = registry.listings()
        assert [(a.file, a.verified) for a in one.audits] == [("good.audit.zip", "2026-11-30")]
        assert registry.problems[0].startswith("forged.audit.zip: This bundle does not hold: ")
