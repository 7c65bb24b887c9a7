"""What needs a new audit, and why. Worked by hand from invented records and audits."""

import datetime as dt

import pytest
from msgspec.structs import replace

from audit.records import Condition
from audit.records.listings import Agreement, Expiry, StatusEntry, ToolRecord
from audit.registry.due import audit_to_renew, drift_due, due_of, is_now, same_version
from audit.registry.statuses import in_force
from tests.registry.listings_builders import a_listing, an_audit

DAY = dt.date(2026, 11, 22)
QUIET = {"review_by": "2030-01-01", "expiries": (), "conditions": ()}


def due(record=None, audits=(), day=DAY, within=0):
    record = record or ToolRecord("t", "T", "V")
    return [(d.kind, d.on, d.because) for d in due_of(record, in_force(record, audits, day), audits, day, within)]


def kinds(*args, **options):
    return [kind for kind, _, _ in due(*args, **options)]


def quiet(**changes):
    return an_audit("T", **QUIET | changes)


def a_record(**changes):
    return replace(ToolRecord("t", "T", "V"), **changes)


def test_a_tool_whose_audit_is_good_for_years_is_not_due():
    assert due(audits=(quiet(),)) == []


def test_the_last_day_of_the_calendar_can_be_asked_about():
    assert kinds(audits=(quiet(),), day=dt.date(9999, 12, 31), within=90) == ["date"]


def test_a_tool_without_an_audit_is_due_since_the_list_speaks_of_it():
    assert due(a_record(history=(StatusEntry("requested", "2026-10-01", "C", "D"),))) == [("unaudited", "2026-10-01", "No audit of it is on file.")]
    assert due() == [("unaudited", "", "No audit of it is on file.")]


def test_an_audit_is_due_on_its_day_and_before_it_only_where_somebody_looks_ahead():
    audit = quiet(review_by="2026-11-23", review_because=("The policy asks for a new look after 12 months.",))
    assert due(audits=(audit,)) == []
    assert due(audits=(audit,), within=1) == due(audits=(audit,), day=dt.date(2026, 11, 23)) == [
        ("date", "2026-11-23", "The audit of 2026-09-30 is to be done again by 2026-11-23. The policy asks for a new look after 12 months.")]


def test_another_version_than_was_audited_is_due_and_another_spelling_of_it_is_not():
    assert due(a_record(current_version="2.2"), (quiet(version="2.1"),)) == [("version", "", "Version 2.1 was audited; the vendor now offers 2.2.")]
    assert due(a_record(current_version="V2.1 "), (quiet(version="2.1"),)) == []
    assert same_version("v2", "2")
    assert not same_version("2", "2.0")


def test_an_older_audit_of_the_version_in_use_counts_more_than_a_newer_one_of_another():
    old, new = quiet(version="2.1", as_of="2026-01-01", review_by="2026-06-01"), quiet(version="3.0 beta", as_of="2026-09-01")
    assert audit_to_renew(a_record(current_version="2.1"), (new, old)) == old
    assert kinds(a_record(current_version="2.1"), (new, old)) == ["date"]


def test_a_vendors_own_test_renews_nothing_while_there_is_another_audit():
    own, other = quiet(role="vendor", as_of="2026-11-01"), quiet(review_by="2026-06-01")
    assert kinds(audits=(own, other)) == ["date"]
    assert audit_to_renew(a_record(), (own,)) == own


def test_a_paper_that_runs_out_is_due_on_its_last_day():
    audit = quiet(expiries=(Expiry("certificate", "SOC 2 report", "2026-11-22"), Expiry("report", "Study", "2026-11-23"), Expiry("report", "Old", "not a day")))
    assert due(audits=(audit,)) == [("document", "2026-11-22", "SOC 2 report (certificate) runs out on 2026-11-22.")]


def test_of_the_agreements_of_one_district_the_one_that_holds_longest_counts():
    def one(expires, district="Lakeside", **more):
        return Agreement("NDPA", "NY", district, expires=expires, **more)

    assert due(a_record(agreements=(one("2026-01-01"), one("2028-01-01"))), (quiet(),)) == []
    assert due(a_record(agreements=(one("2026-01-01"), one(""))), (quiet(),)) == []
    found = due(a_record(agreements=(one("2026-01-01"), one("2028-01-01", "Hillcrest"))), (quiet(),))
    assert found == [("document", "2026-01-01", "The agreement NDPA (NY Lakeside) runs out on 2026-01-01.")]


def test_newer_questions_that_apply_are_due_from_the_day_of_their_edition():
    audit = quiet(newer={"safe-a": "2026-11-01", "safe-b": "2026-11-20", "safe-c": "2026-11-20", "safe-d": "2026-11-20"})
    assert due(audits=(audit,)) == [(
        "catalogue", "2026-11-20", "4 questions that apply were added or changed since the audit, up to edition 2026-11-20: safe-a, safe-b, safe-c and 1 more.")]


def test_conditions_whose_day_has_come_are_due_together():
    def one(text, day):
        return Condition(text, "repair", "vendor", day, "c")

    audit = quiet(conditions=(one("Mend it.", "2026-11-01"), one("Mend that.", "2026-11-01"), one("Later.", "2027-11-01"), one("Now.", "before use")))
    assert due(audits=(audit,)) == [("condition", "2026-11-01", "A condition of the audit has to be met by 2026-11-01: Mend it (and 1 more).")]


def test_an_approval_that_has_ended_is_due_until_somebody_decides_anew():
    record = a_record(history=(StatusEntry("approved", "2026-01-01", "C", "D", "2026-10-31"),))
    assert due(record, (quiet(),)) == [("date", "2026-11-01", "“Approved” held until 2026-10-31, and nobody has decided anew.")]
    assert due(record, (quiet(),), dt.date(2026, 10, 1), within=30) == [("date", "2026-10-31", "“Approved” holds until 2026-10-31.")]


@pytest.mark.parametrize("status", ["denied", "withdrawn"])
def test_nothing_is_due_of_a_tool_that_is_not_to_be_used(status):
    assert due(a_record(history=(StatusEntry(status, "2026-01-01", "C", "D"),), current_version="9"), (an_audit(review_by="2020-01-01"),)) == []


def test_what_is_due_is_in_the_order_of_its_days():
    audit = quiet(review_by="2026-10-01", expiries=(Expiry("report", "Study", "2026-09-01"),))
    assert kinds(a_record(current_version="9"), (audit,)) == ["version", "document", "date"]


def test_what_has_no_day_is_due_now():
    found = due_of(a_record(), in_force(a_record(), (), DAY), (), DAY)
    assert [is_now(one, DAY) for one in found] == [True]


def test_a_change_between_audits_that_are_not_on_file_is_passed_over():
    class Brief:
        digest = "0" * 64

    class Change:
        old = new = Brief()

    assert drift_due(a_listing(), [Change()]) == ()
