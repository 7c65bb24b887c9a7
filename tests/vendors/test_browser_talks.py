"""Conversations on a web page: one page a probe, kept open for its turns, and what is read is the answer to the turn that was asked."""

import asyncio
import re

import msgspec
import pytest

from audit.collect import reply_to
from audit.errors import AuditError
from audit.plan import Connect
from audit.records import Failure
from audit.vendors import check_connection, open_adapter
from tests.builders import a_probe, a_site
from tests.loopback import http_server
from tests.vendors.asking import until
from tests.vendors.pages import serve

TURNS = ("What is a half?", "I do not get it.", "Why?")
STEPS = [{"error": ".error", "retry": True}, {"fill": "textarea", "with": "{{ prompt }}"}, {"press": "Enter"}]
ANSWER = [{"wait": ".answer"}, {"gone": "#stop"}, {"settle": ".answer", "for": 0.2}, {"read": ".answer"}]
FOLLOW_UP = [{"fill": "textarea", "with": "{{ prompt }}"}, {"press": "Enter"}, *ANSWER]
FIRST = "1. What is a half? – the same words (visit 1)"
SECOND = "2. What is a half? / I do not get it. – the same words (visit 1)"
THIRD = "3. What is a half? / I do not get it. / Why? – the same words (visit 1)"


@pytest.fixture(scope="module")
def server():
    with http_server(serve()) as server:
        yield server


@pytest.fixture(scope="module")
def patience(server, chromium, tmp_path_factory):
    return chromium.patience(server.url + "/fine", tmp_path_factory.mktemp("patience"))


def a_talk(*turns, name="p1"):
    return msgspec.structs.replace(a_probe(turns[0], id=name), turns=turns)


@pytest.fixture
def talk(server, chromium, tmp_path):
    """Asks all the turns of a conversation, as the collector would."""

    def asked(*turns, page="tutor", follow_up=FOLLOW_UP, **settings):
        return chromium.asked(f"{server.url}/{page}", tmp_path, STEPS + ANSWER, a_talk(*turns), follow_up=follow_up, **settings)

    return asked


def outputs(reply):
    assert not isinstance(reply, Failure), (reply, reply.detail)
    assert [said["prompt"] for said in reply.output["conversation"]] == list(TURNS[:len(reply.output["conversation"])])
    return [re.sub(r"\s*Ask again$", "", said["output"]) for said in reply.output["conversation"]]


def test_all_turns_are_asked_on_one_page_and_each_answer_is_that_of_its_turn(talk, chromium):
    before = chromium.pages
    assert outputs(talk(*TURNS)) == [FIRST, SECOND, THIRD]
    assert (chromium.pages - before, chromium.left_open()) == (1, 0)


def test_without_a_wait_the_answer_before_is_not_taken_for_the_new_one(talk):
    """Each answer begins 0.7 seconds after its question, when the one before has been still for longer than it has to be."""
    said = talk(*TURNS[:2], follow_up=[*FOLLOW_UP[:2], {"settle": ".answer", "for": 0.4}, {"read": ".answer"}]).output["conversation"]
    assert said[1]["output"].startswith("2. What")


def test_an_answer_may_take_the_place_of_the_one_before(talk):
    assert outputs(talk(*TURNS[:2], page="tutor?replaces", replaces=True)) == [FIRST, SECOND]


def test_a_part_of_an_answer_may_stay_as_it_was(talk):
    follow_up = [*FOLLOW_UP[:-1], {"read": ".answer", "as": "text"}, {"read": "#kind", "as": "kind"}]
    said = talk(*TURNS[:2], page="tutor?replaces", replaces=True, follow_up=follow_up).output["conversation"]
    assert said[1]["output"] == {"text": SECOND, "kind": "A tutor"}


def test_where_it_does_and_the_plan_does_not_say_so_the_turn_fails_and_the_reason_tells(talk, patience):
    failure = talk(*TURNS[:2], page="tutor?replaces", seconds=patience + 2)
    assert isinstance(failure, Failure)
    assert failure.reason.startswith('turn 2 of 2: step 3 (wait ".answer"): nothing new matches, but the last match has another text')
    assert "replaces = true" in failure.reason


def test_a_conversation_that_breaks_off_closes_its_page_and_the_next_try_begins_anew(talk, chromium):
    failure = talk("What is a half?", "Refuse once")
    assert (failure.reason, failure.retry) == ("turn 2 of 2: the page says: Too many questions", True)
    assert chromium.left_open() == 0
    said = talk("What is a half?", "Refuse once").output["conversation"]
    assert [one["output"][:2] for one in said] == ["1.", "2."]
    assert "(visit 1)" in said[1]["output"]


def test_each_turn_has_the_whole_time(talk, patience):
    """Five answers of 1.1 seconds at least."""
    said = talk(*TURNS, "And a third?", "Thank you.", seconds=patience + 1).output["conversation"]
    assert said[4]["output"].startswith("5. What")


def test_a_run_that_is_stopped_in_mid_conversation_closes_the_page(server, chromium, tmp_path):
    connect = Connect("browser", settings={"url": server.url + "/tutor", "steps": STEPS + ANSWER, "follow_up": FOLLOW_UP})
    probe = a_talk("What is a half?", "Answer me never")

    async def stop():
        async with open_adapter(connect, a_site(tmp_path, [probe], timeout=600, concurrency=1)) as tool:

            async def ask():
                async with tool.visit(probe) as one:
                    await reply_to(probe, one, None, str)

            asking = asyncio.create_task(ask())
            await asyncio.to_thread(until, lambda: "Answer me never" in server.bodies, "the second turn was not asked")
            open_before = chromium.left_open()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            return open_before, chromium.left_open()

    assert chromium.run(stop()) == (1, 0)


@pytest.mark.parametrize(("settings", "said"), [
    ({}, r"'tiny' holds conversations.*Add follow_up = "),
    ({"follow_up": [{"open": "/new"}, {"read": "#a"}]}, "follow_up opens a page, which would end the conversation"),
    ({"follow_up": [{"wait": "#a"}]}, "no step reads anything. End connect.follow_up with"),
    ({"follow_up": [{"wiat": "#a"}]}, r"follow_up, step 1: unknown step 'wiat'\. Did you mean 'wait'\?"),
    ({"follow_up": [{"fill": "#a", "with": "{{ essay }}"}, {"read": "#a"}]}, r"\{\{ essay \}\}"),
    ({"follow_up": [{"read": "#a", "as": "a"}], "replaces": True}, "reads a part before it waits for a new answer"),
])
def test_a_follow_up_that_cannot_work_is_one_line_before_anything_is_started(tmp_path, settings, said):
    connect = Connect("browser", settings={"url": "https://tool.example/", "steps": [{"read": "#a"}]} | settings)
    with pytest.raises(AuditError, match=said) as caught:
        check_connection(connect, a_site(tmp_path, [a_talk(*TURNS)], concurrency=1))
    assert "\n" not in str(caught.value)


def test_steps_that_fill_in_the_turn_are_for_conversations_only(tmp_path):
    settings = {"url": "https://tool.example/", "steps": [{"read": "#a"}], "follow_up": [{"fill": "#a", "with": "{{ turn }}: {{ prompt }}"}, {"read": "#a"}]}
    check_connection(Connect("browser", settings=settings), a_site(tmp_path, [a_talk(*TURNS), a_probe("alone", id="p2")], concurrency=1))
