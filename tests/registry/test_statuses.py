"""What a list says of a tool on a day, and which word may follow which."""

import datetime as dt
from typing import get_args

import pytest
from msgspec.structs import replace

from audit.errors import RegistryError
from audit.records.listings import Correction, Status, StatusEntry, ToolRecord
from audit.registry.statuses import check_history, check_move, in_force, read_statuses
from tests.registry.listings_builders import an_audit

WORDS = get_args(Status)


def a_history(*entries) -> ToolRecord:
    return ToolRecord("t", "T", "V", history=tuple(StatusEntry(*e[:2], "C. Officer", "Because.", *e[2:]) for e in entries))


def now(record, day, audits=()):
    found = in_force(record, audits, dt.date.fromisoformat(day))
    return found.status, found.since


def test_every_status_has_its_words_and_names_only_statuses():
    policy = read_statuses()
    assert [one.id for one in policy.status] == list(WORDS)
    assert all(one.title and one.means.endswith(".") for one in policy.status)
    assert all(one.may_become for one in policy.status)


def test_no_status_but_the_one_that_ends_by_itself_can_be_reached_only_by_ending():
    reached = {to for one in read_statuses().status for to in one.may_become} | set(read_statuses().first)
    assert reached == set(WORDS)


def test_only_what_allows_use_ends_by_itself():
    assert {one.id for one in read_statuses().status if one.ends} == {one.id for one in read_statuses().status if one.allows_use}


def test_nothing_that_ended_or_was_denied_is_approved_again_without_a_review():
    approvals = {one.id for one in read_statuses().status if one.allows_use}
    for word in ("expired", "denied", "withdrawn", "requested", "screening", "awaiting_vendor"):
        assert not approvals & set(read_statuses().meaning(word).may_become), word


def test_where_nobody_has_decided_a_tool_is_under_review():
    assert now(a_history(), "2026-11-22") == ("under_review", "")


def test_an_entry_holds_from_its_day_until_the_day_it_names_and_has_expired_on_the_next():
    record = a_history(("requested", "2026-01-01"), ("approved", "2026-02-01", "2026-08-31"))
    assert now(record, "2025-12-31") == ("under_review", "")
    assert now(record, "2026-01-31") == ("requested", "2026-01-01")
    assert now(record, "2026-02-01") == ("approved", "2026-02-01")
    assert now(record, "2026-08-31") == ("approved", "2026-02-01")
    assert now(record, "2026-09-01") == ("expired", "2026-09-01")


def test_an_approval_without_an_end_holds_although_its_audit_is_overdue():
    audit = an_audit(review_by="2026-03-01")
    assert now(a_history(("approved", "2026-02-01", "", audit.digest)), "2027-01-01", (audit,)) == ("approved", "2026-02-01")


def test_a_denial_does_not_end_by_itself():
    assert now(a_history(("denied", "2026-02-01", "2026-03-01")), "2027-01-01") == ("denied", "2026-02-01")


def test_a_renewal_without_a_break_is_no_new_beginning_and_one_after_a_break_is():
    whole = a_history(("approved", "2026-01-01", "2026-06-30"), ("approved", "2026-06-30", "2026-12-31"))
    broken = a_history(("approved", "2026-01-01", "2026-06-29"), ("approved", "2026-07-15", "2026-12-31"))
    assert now(whole, "2026-10-01") == ("approved", "2026-01-01")
    assert now(broken, "2026-10-01") == ("approved", "2026-07-15")


def move(record, status, on="2026-11-22", audits=(), **more):
    check_move(record, {a.digest: a for a in audits}, StatusEntry(status, on, "C. Officer", "Because.", **more), "tool.toml")


def test_a_move_that_the_policy_does_not_know_is_refused_and_the_allowed_ones_are_named():
    with pytest.raises(RegistryError) as caught:
        move(a_history(("denied", "2026-01-01")), "approved", audits=(an_audit(),))
    assert str(caught.value) == "tool.toml: t is denied, which cannot become approved. Allowed: requested, under_review, withdrawn."


def test_an_approval_that_has_ended_is_moved_on_as_what_it_became():
    record = a_history(("approved", "2026-01-01", "2026-06-30"))
    move(record, "approved", "2026-06-30", audits=(an_audit(),))
    with pytest.raises(RegistryError, match="t is expired, which cannot become approved"):
        move(record, "approved", "2026-07-01", audits=(an_audit(),))


def test_a_history_begins_with_what_the_policy_lets_it_begin_with():
    move(a_history(), "requested")
    with pytest.raises(RegistryError, match="a history cannot begin with suspended"):
        move(a_history(), "suspended")


def test_an_entry_is_never_of_an_earlier_day_than_the_last():
    with pytest.raises(RegistryError, match=r"the last entry is of 2026-05-01, so a new one cannot be of 2026-04-30\. Decide from 2026-05-01 on"):
        move(a_history(("requested", "2026-05-01")), "screening", "2026-04-30")


def test_an_approval_rests_on_an_audit_and_conditions_are_named():
    record = a_history(("under_review", "2026-01-01"))
    with pytest.raises(RegistryError, match="approved rests on an audit, and t has none on file"):
        move(record, "approved")
    with pytest.raises(RegistryError, match="needs at least one condition"):
        move(record, "approved_with_conditions", audits=(an_audit(),))
    with pytest.raises(RegistryError, match="no audit of t has the digest"):
        move(record, "approved", audits=(an_audit(),), audit="0" * 64)
    move(record, "approved_with_conditions", audits=(an_audit(),), audit=an_audit().digest, conditions=("Teachers read along.",))


def test_an_unknown_status_is_refused_with_the_nearest():
    with pytest.raises(RegistryError, match="Did you mean 'approved'"):
        read_statuses().meaning("aproved")


def at_reading(record):
    try:
        check_history(record, "tool.toml")
    except RegistryError as bad:
        return str(bad)
    return ""


def test_a_move_that_was_written_by_hand_is_named_with_its_entry_and_the_moves_that_are_allowed():
    record = a_history(("requested", "2026-01-01"), ("denied", "2026-02-01"), ("approved", "2026-03-01"))
    assert at_reading(record) == (
        "tool.toml: entry 3 of the history of t, approved on 2026-03-01: denied cannot become approved, only requested, under_review, withdrawn. Write in what is "
        'missing, or leave it and say for all to see what happened on 2026-03-01: audit registry correct FOLDER t --what "2026-03-01: …"'
    )


def test_a_correction_that_names_the_day_of_a_move_lets_the_list_go_on_and_another_day_does_not():
    record = a_history(("denied", "2026-02-01"), ("approved", "2026-03-01"))
    told = Correction("2026-11-22", "C. Officer", "2026-03-01: approved after a vote of the board.", "Because.")
    assert at_reading(replace(record, corrections=(told,))) == ""
    assert at_reading(replace(record, corrections=(replace(told, what="2026-03-02: something else"),)))


@pytest.mark.parametrize("entries", [
    (("expired", "2025-01-01"), ("under_review", "2025-02-01")), (("suspended", "2025-01-01"), ("approved", "2025-02-01")),
    (("approved", "2026-01-01", "2026-06-29"), ("approved", "2026-07-15", "2026-12-31")), (("approved", "2026-01-01", "2026-06-29"), ("requested", "2026-07-15")),
    (("denied", "2026-01-01"), ("denied", "2026-02-01")), (),
], ids=["begins elsewhere", "begins suspended", "renewed late", "asked for after it ended", "denied once more", "nothing"])
def test_a_history_is_not_refused_for_a_harmless_reason(entries):
    assert at_reading(a_history(*entries)) == ""


def test_what_an_approval_becomes_when_it_ends_counts_from_the_day_after():
    assert "approved cannot become requested" in at_reading(a_history(("approved", "2026-01-01", "2026-06-30"), ("requested", "2026-06-30")))
