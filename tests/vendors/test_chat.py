"""The adapter `chat`: what is sent to an OpenAI-style endpoint, and what is read from it."""

import json

import pytest
from aiohttp import web

from audit.records import Failure, Reply
from audit.vendors.chat import address, read_completion
from tests.builders import a_probe, a_site
from tests.loopback import http_server
from tests.vendors.asking import heard

USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}


def completion(content, **more):
    message = {"role": "assistant", "content": content} | more.pop("message", {})
    return {"model": "m-2026-01", "usage": USAGE, "choices": [{"index": 0, "message": message, "finish_reason": "stop"} | more]}


def asked(tmp_path, settings, content="4"):
    async def answer(request, body):
        return web.json_response(completion(content))

    with http_server(answer) as server:
        reply = heard("chat", {"base_url": server.url + "/v1", "model": "m"} | settings, a_site(tmp_path), a_probe("T", prompt="Grade: T"))
    return reply, server


def test_only_what_the_plan_sets_is_sent(tmp_path):
    _, server = asked(tmp_path, {})
    assert server.calls[0].path == "/v1/chat/completions"
    assert json.loads(server.bodies[0]) == {"model": "m", "messages": [{"role": "user", "content": "Grade: T"}]}
    assert "Authorization" not in server.calls[0].headers


def test_every_setting_has_its_place_in_the_request(tmp_path):
    schema = {"type": "object", "properties": {"score": {"type": "integer"}}}
    settings = {"api_key": "sk-1\n", "system": "You grade.", "temperature": 0.0, "seed": 5, "max_tokens": 9, "json_schema": schema}
    reply, server = asked(tmp_path, settings, '{"score": 4}')
    assert json.loads(server.bodies[0]) == {
        "model": "m", "messages": [{"role": "system", "content": "You grade."}, {"role": "user", "content": "Grade: T"}],
        "temperature": 0.0, "seed": 5, "max_tokens": 9,
        "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema, "strict": True}},
    }
    assert server.calls[0].headers["Authorization"] == "Bearer sk-1"
    assert reply.output == {"score": 4}


def test_an_authorization_header_of_the_plan_is_sent_once(tmp_path):
    _, server = asked(tmp_path, {"api_key": "sk-1", "headers": {"authorization": "Basic x"}})
    assert server.calls[0].headers.getall("Authorization") == ["Basic x"]


@pytest.mark.parametrize(("base", "full"), [
    ("https://h/v1", "https://h/v1/chat/completions"), ("https://h/v1/", "https://h/v1/chat/completions"),
    ("https://h/v1/chat/completions", "https://h/v1/chat/completions"), ("https://h/d?api-version=1", "https://h/d/chat/completions?api-version=1"),
])
def test_the_address_is_completed_once_and_keeps_its_query(base, full):
    assert address(base) == full


def test_a_reply_tells_its_model_and_tokens(tmp_path):
    reply, _ = asked(tmp_path, {})
    assert reply == Reply("4", {"model": "m-2026-01", "usage": USAGE, "finish_reason": "stop"})


def test_a_text_stays_a_text_unless_an_object_was_asked_for():
    assert read_completion(completion('{"a": 1}'), as_object=False).output == '{"a": 1}'
    assert read_completion(completion('{"a": 1}'), as_object=True).output == {"a": 1}
    assert read_completion(completion("not JSON"), as_object=True).output == "not JSON"


def test_a_text_in_parts_is_put_together():
    assert read_completion(completion([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]), as_object=False).output == "ab"


@pytest.mark.parametrize(("answer", "detail"), [
    (completion(None, message={"refusal": "I cannot help."}), "I cannot help."), (completion("", message={"refusal": "No."}), "No."),
    (completion(None, finish_reason="content_filter"), "content_filter"), (completion("  ", finish_reason="length"), "length"),
])
def test_a_refusal_is_a_failure_that_keeps_its_words(answer, detail):
    with pytest.raises(Failure, match="the model gave no text") as caught:
        read_completion(answer, as_object=False)
    assert caught.value.detail == detail
    assert not caught.value.retry


@pytest.mark.parametrize("answer", [
    None, 3, "text", [], {}, {"error": {"message": "no"}}, {"choices": []}, {"choices": {}}, {"choices": [None]}, {"choices": ["x"]},
    {"choices": [{"message": None}]}, {"choices": [{"message": []}]}, {"choices": [{"message": {}}]},
    {"choices": [{"message": {"content": 5}}]}, {"choices": [{"message": {"content": {"a": 1}}}]}, {"choices": [{"message": {"content": ["x"]}}]},
    {"choices": [{"message": {"content": [{"type": "text"}]}}]}, {"choices": [{"message": {"content": [{"type": "text", "text": 1}]}}]},
])
def test_what_is_no_completion_is_a_failure_that_keeps_what_came(answer):
    for as_object in (True, False):
        with pytest.raises(Failure, match="not a chat completion") as caught:
            read_completion(answer, as_object=as_object)
        assert caught.value.detail == str(answer)


def test_strange_meta_does_no_harm():
    answer = completion("4") | {"model": ["m"], "usage": "many"}
    assert read_completion(answer, as_object=False).meta == {"model": ["m"], "usage": "many", "finish_reason": "stop"}
