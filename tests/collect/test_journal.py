"""The journal: what was written is there, what is damaged is said, and no secret gets in."""

import asyncio
import errno
import html
import json
import os
import time
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.collect import Journal, Redaction, lock_run, read_journal, set_aside
from audit.collect.journal import Ask, answered, failed
from audit.errors import RunFolderError
from audit.records import Failure, Reply
from tests.builders import a_probe, some_probes
from tests.collect.sittings import CLOCK, lines, sit

BEGIN = '{"event":"begin","journal":1,"collection":"c1","at":"t0"}\n'
ASK = '{"event":"ask","probe":"p1","attempt":1,"at":"t1"}\n'
REPLY = '{"event":"reply","probe":"p1","attempt":1,"at":"t2","seconds":0.5,"output":4,"meta":{}}\n'
FAIL = '{{"event":"fail","probe":"p1","attempt":1,"at":"t2","seconds":0.5,"reason":"HTTP 500","final":{final}}}\n'


def a_journal(folder, *parts):
    (folder / "journal.jsonl").write_text("".join(parts), encoding="utf-8")
    return read_journal(folder)


def write(folder, *events, secrets=None):
    """Append events in one journal; each is made with the journal (its clock, its redaction)."""
    async def run():
        journal = Journal(folder, "c1", lambda: CLOCK, secrets or {})
        try:
            for event in events:
                await journal.append(event(journal))
        finally:
            journal.close()

    asyncio.run(run())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2**80, 2**80) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4), max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(output=json_values, text=st.text(st.characters(), max_size=40))
def test_what_is_written_reads_back(tmp_path_factory, output, text):
    folder = tmp_path_factory.mktemp("j")
    write(folder, lambda j: answered(j, a_probe(id="p1"), 2, 0.25, Reply(output, {"m": output})), lambda j: failed(j, a_probe(id="p2"), 1, 0.1, Failure(text, detail=text), final=True))
    log = read_journal(folder)
    assert (log.responses["p1"].output, log.responses["p1"].meta, log.responses["p1"].attempts) == (output, {"m": output}, 2)
    kept = text.encode("utf-8", "replace").decode()
    assert (log.responses["p2"].output, log.responses["p2"].failure, log.responses["p2"].detail) == (None, kept, kept)


def test_no_journal_is_an_empty_one(tmp_path):
    log = read_journal(tmp_path)
    assert (log.collection, log.responses, log.calls, log.torn) == (None, {}, 0, False)


def test_the_log_counts_calls_and_those_in_flight(tmp_path):
    log = a_journal(tmp_path, BEGIN, ASK, REPLY, ASK.replace("p1", "p2"))
    assert (log.collection, log.calls, log.in_flight, list(log.responses), log.started, log.ended) == ("c1", 2, 1, ["p1"], "t0", "t1")


def test_a_failure_that_was_tried_again_is_no_end(tmp_path):
    log = a_journal(tmp_path, BEGIN, ASK, FAIL.format(final="false"))
    assert (log.responses, log.calls, log.in_flight) == ({}, 1, 0)
    log = a_journal(tmp_path, BEGIN, ASK, FAIL.format(final="false"), ASK, REPLY)
    assert log.responses["p1"].output == 4


def test_a_final_failure_is_an_end_with_no_output(tmp_path):
    log = a_journal(tmp_path, BEGIN, ASK, FAIL.format(final="true"))
    assert (log.responses["p1"].failure, log.responses["p1"].output) == ("HTTP 500", None)


def test_a_reply_is_not_undone_by_a_later_failure_but_undoes_an_earlier_one(tmp_path):
    assert a_journal(tmp_path, BEGIN, ASK, REPLY, ASK, FAIL.format(final="true")).responses["p1"].output == 4
    assert a_journal(tmp_path, BEGIN, ASK, FAIL.format(final="true"), ASK, REPLY).responses["p1"].failure is None


@pytest.mark.parametrize("cut", [1, 10, len(REPLY) - 1])
def test_a_torn_last_line_is_left_out_said_and_cut(tmp_path, cut):
    log = a_journal(tmp_path, BEGIN, ASK, REPLY, REPLY.replace("p1", "p2")[:cut])
    assert (log.torn, list(log.responses)) == (True, ["p1"])
    write(tmp_path)
    assert (tmp_path / "journal.jsonl").read_text() == BEGIN + ASK + REPLY
    write(tmp_path, lambda _: Ask("p3", 1, CLOCK))
    assert not read_journal(tmp_path).torn


def test_a_torn_line_longer_than_what_is_read_at_once_is_cut(tmp_path):
    a_journal(tmp_path, BEGIN, '{"event":"reply","output":"' + "x" * 300_000)
    write(tmp_path)
    assert (tmp_path / "journal.jsonl").read_text() == BEGIN


def test_a_torn_first_line_starts_anew(tmp_path):
    assert a_journal(tmp_path, BEGIN[:20]).torn
    write(tmp_path)
    assert [line["event"] for line in lines(tmp_path)] == ["begin"]


@pytest.mark.parametrize("damage", ["{}\n", "x\n", "\n", "\x00\x00\n", '{"event":"reply","probe":1}\n', '{"event":"reply","probe":"p","attempt":1,"at":"t","seconds":0,"output":' + "[" * 5000 + "]" * 5000 + "}\n"])
def test_a_damaged_line_in_the_middle_is_an_error_that_names_it(tmp_path, damage):
    with pytest.raises(RunFolderError, match="line 3 is damaged") as caught:
        a_journal(tmp_path, BEGIN, ASK, damage, REPLY)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_damage(tmp_path):
    (tmp_path / "journal.jsonl").write_bytes(BEGIN.encode() + b'{"event":"ask","probe":"\xff","attempt":1,"at":"t"}\n' + ASK.encode())
    with pytest.raises(RunFolderError, match="line 2 is damaged"):
        read_journal(tmp_path)


@pytest.mark.parametrize("line", ['{"event":"begin","journal":2,"collection":"c","at":"t"}\n', '{"event":"start","journal":2,"who":1}\n'])
def test_a_newer_edition_is_an_error_that_says_update(tmp_path, line):
    with pytest.raises(RunFolderError, match=r"journal edition 2.*Update") as caught:
        a_journal(tmp_path, line)
    assert caught.value.exit_code == 2


def test_a_journal_of_another_collection_is_set_aside(tmp_path):
    a_journal(tmp_path, BEGIN, ASK)
    set_aside(tmp_path, "c1")
    assert (tmp_path / "journal.jsonl").exists()
    set_aside(tmp_path, "c2")
    assert [p.name for p in tmp_path.iterdir()] == ["journal-c1.jsonl"]


def test_a_second_collector_is_told_so_at_once(tmp_path):
    with lock_run(tmp_path), pytest.raises(RunFolderError, match="another collector is at work"), lock_run(tmp_path):
        pass
    with lock_run(tmp_path):
        pass


def test_a_folder_in_place_of_the_journal_or_its_lock_is_one_line(tmp_path):
    (tmp_path / "journal.jsonl").mkdir()
    for attempt in (lambda: read_journal(tmp_path), lambda: write(tmp_path)):
        with pytest.raises(RunFolderError, match=r"journal\.jsonl: cannot be (read|written)"):
            attempt()
    (tmp_path / ".lock").mkdir()
    with pytest.raises(RunFolderError, match="cannot be locked"), lock_run(tmp_path):
        pass


def full_after(monkeypatch, size):
    """Make the disk full after so many bytes; the write that meets the end is cut short, as real ones are."""
    real, left = os.write, [size]

    def scarce(file, raw):
        if left[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real(file, raw[: left[0]])
        left[0] -= written
        return written

    monkeypatch.setattr(os, "write", scarce)


def test_a_full_disk_is_one_line_with_what_to_do_and_leaves_no_torn_line(tmp_path, monkeypatch):
    async def ask(probe):
        return Reply("x" * 200)

    with monkeypatch.context() as patched:
        full_after(patched, 2_000)
        with pytest.raises(RunFolderError, match=r"cannot be written: No space left on device.*Make room"):
            sit(tmp_path, some_probes(40), ask)
    log = read_journal(tmp_path)
    assert not log.torn
    assert 0 < len(log.responses) < 40
    summary, log = sit(tmp_path, [p for p in some_probes(40) if p.id not in log.responses], ask)
    assert (len(log.responses), summary.failures) == (40, 0)


def test_nothing_is_written_behind_an_error(tmp_path, monkeypatch):
    async def run():
        journal = Journal(tmp_path, "c1", lambda: CLOCK, {})
        try:
            with monkeypatch.context() as patched:
                full_after(patched, 30)
                with pytest.raises(RunFolderError):
                    journal.note(Ask("p1", 1, CLOCK))
            with pytest.raises(RunFolderError):
                journal.note(Ask("p2", 1, CLOCK))
        finally:
            journal.close()

    asyncio.run(run())
    assert [line["event"] for line in lines(tmp_path)] == ["begin"]


def test_a_reply_counts_only_when_it_is_on_disk(tmp_path, monkeypatch):
    def fails(file):
        raise OSError(errno.EIO, "Input/output error")

    async def ask(probe):
        return Reply(1)

    sit(tmp_path, [], ask)
    watched = []
    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(RunFolderError, match="cannot be synced to disk: Input/output error"):
        sit(tmp_path, some_probes(5), ask, seen=watched.append)
    assert watched == []


def test_many_replies_share_one_sync(tmp_path, monkeypatch):
    real, syncs = os.fsync, []

    def slow(file):
        syncs.append(file)
        time.sleep(0.05)
        real(file)

    async def ask(probe):
        return Reply(1)

    monkeypatch.setattr(os, "fsync", slow)
    _, log = sit(tmp_path, some_probes(200), ask, size=50)
    assert len(log.responses) == 200
    assert len(syncs) < 40


SECRET = 'pä"s\\s/w&rd <k+ 7>'


@pytest.mark.parametrize("shown", [
    SECRET, json.dumps(SECRET), json.dumps(SECRET, ensure_ascii=False), json.dumps(json.dumps(SECRET)), json.dumps(SECRET).replace("/", "\\/"),
    quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET), quote(SECRET, safe="").lower().replace("%c3%a4", "%c3%a4"), html.escape(SECRET),
    f"Authorization: Bearer {SECRET}, again {SECRET}",
])
def test_a_secret_is_replaced_however_it_comes_back(shown):
    clean = Redaction({SECRET: "${KEY}"}).reply(Reply({"a": [shown, {shown: 1}], "b": 2}, {"m": shown}))
    everything = msgspec.json.encode(clean).decode()
    assert "${KEY}" in everything
    for part in ("rd", "s\\\\s", "k+", "%C3%A4s", "k%2B"):
        assert part not in everything, everything


def test_a_secret_with_a_line_end_is_found_without_it():
    assert Redaction({"sk-123456\n": "${KEY}"}).text("key sk-123456!") == "key ${KEY}!"


def test_a_secret_of_digits_does_not_break_a_number_or_the_journal(tmp_path):
    write(
        tmp_path, lambda j: answered(j, a_probe(id="p1"), 1, 0.123456, Reply({"echo": 123456, "score": 12345678, "attempt": "attempt"})),
        secrets={"123456": "${KEY}", "attempt": "${WORD}"},
    )
    assert read_journal(tmp_path).responses["p1"].output == {"echo": "${KEY}", "score": 12345678, "${WORD}": "${WORD}"}


def test_the_beginning_of_a_secret_at_the_end_of_a_cut_text_is_gone():
    clean = Redaction({"sk-abcdefghijkl": "${KEY}"}).failure(Failure("HTTP 401", detail="your key sk-abcdefgh"))
    assert clean.detail == "your key ${KEY}"


def test_without_secrets_a_text_stays_as_it_is():
    assert Redaction({}).text("anything") == "anything"
    assert Redaction({"": "${EMPTY}"}).text("anything") == "anything"


def test_a_reply_too_deep_to_keep_is_a_failure_and_not_the_end_of_the_run(tmp_path):
    deep = []
    for _ in range(400):
        deep = [deep]

    async def ask(probe):
        return Reply(deep if probe.id == "p0001" else 1, {"reason": "\ud800"})

    summary, log = sit(tmp_path, some_probes(3), ask)
    assert (summary.replies, summary.failures) == (2, 1)
    assert "levels deep" in log.responses["p0001"].failure
