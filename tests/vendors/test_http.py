"""The adapter `http`, against real servers on the loopback interface."""

import asyncio
import contextlib
import json
import random
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from audit.errors import ConnectionSetupError, PlanError
from audit.plan import Connect
from audit.records import Failure, Reply
from audit.vendors import open_adapter
from audit.vendors.web import retry_after
from tests.builders import a_probe, a_site
from tests.evidence.pki import certificate, pem, private_pem, rsa_key
from tests.loopback import http_server, raw_server
from tests.vendors.asking import heard

NASTY = "A & B/C?d=e#f +%41 ü\r\nX-Injected: 1"


async def ok(request, body):
    return web.json_response({"said": body})


def asked(tmp_path, settings, probe, answer=ok):
    """Ask one probe; return what was heard, and the server with what it got."""
    with http_server(answer) as server:
        filled = json.loads(json.dumps(settings).replace("SERVER", server.url))
        return heard("http", filled, a_site(tmp_path, [probe]), probe), server


def test_the_url_gets_a_text_percent_encoded_and_whole(tmp_path):
    line = NASTY.splitlines()[0]
    probe = a_probe(NASTY, id="p1", line=line)
    reply, server = asked(tmp_path, {"url": "SERVER/grade/{{ line }}/x?q={{ text }}&id={{ id }}"}, probe)
    assert isinstance(reply, Reply)
    request = server.calls[0]
    assert request.method == "GET"
    assert request.query["q"] == NASTY
    assert request.query["id"] == "p1"
    assert request.match_info["tail"] == f"grade/{line}/x"


def test_a_header_gets_a_text_on_one_line_and_no_header_can_be_added(tmp_path):
    probe = a_probe("one\r\nX-Injected: 1\x00\x0b\u2028end")
    reply, server = asked(tmp_path, {"url": "SERVER/", "headers": {"X-Text": "say {{ text }}"}}, probe)
    assert isinstance(reply, Reply)
    assert server.calls[0].headers["X-Text"] == "say one X-Injected: 1 end"
    assert "X-Injected" not in server.calls[0].headers


def test_a_json_body_keeps_types_and_escapes_text(tmp_path):
    body = {"essay": "Essay: {{ text }}", "grade": "{{ grade }}", "list": ["{{ text }}"], "plain": 1}
    _, server = asked(tmp_path, {"url": "SERVER/", "body": body}, a_probe('He said "no"\\', grade=7))
    assert json.loads(server.bodies[0]) == {"essay": 'Essay: He said "no"\\', "grade": 7, "list": ['He said "no"\\'], "plain": 1}
    assert server.calls[0].method == "POST"
    assert server.calls[0].headers.getall("Content-Type") == ["application/json"]


def test_a_text_body_is_sent_as_it_is(tmp_path):
    _, server = asked(tmp_path, {"url": "SERVER/", "method": "put", "body": "text={{ text }}"}, a_probe("é {{ id }}"))
    assert server.bodies == ["text=é {{ id }}"]
    assert server.calls[0].method == "PUT"


def test_a_content_type_of_the_plan_replaces_the_default_whatever_its_case(tmp_path):
    settings = {"url": "SERVER/", "headers": {"content-type": "application/x-special"}, "body": {"a": 1}}
    _, server = asked(tmp_path, settings, a_probe())
    assert server.calls[0].headers.getall("Content-Type") == ["application/x-special"]


@pytest.mark.parametrize("text", ["{{ id }} {{id}}", "{{ prompt }}", "{% for x in y %}{{ x }}{% endfor %}", "{{ 7*7 }} ${HOME} $(id) %(x)s {0}"])
def test_a_slot_inside_a_probes_text_is_not_filled_and_nothing_executes(tmp_path, text):
    settings = {"url": "SERVER/?q={{ text }}", "headers": {"X-T": "{{ text }}"}, "body": {"t": "{{ text }}", "u": "a {{ text }}"}}
    _, server = asked(tmp_path, settings, a_probe(text, prompt="PROMPT", id="IDENTITY"))
    assert json.loads(server.bodies[0]) == {"t": text, "u": f"a {text}"}
    assert server.calls[0].query["q"] == text
    assert server.calls[0].headers["X-T"] == text


@pytest.mark.parametrize("place", [{"url": "SERVER/{{ txet }}"}, {"url": "SERVER/", "headers": {"A": "{{ txet }}"}}, {"url": "SERVER/", "body": {"a": ["{{ txet }}"]}}])
def test_an_unknown_slot_is_an_error_before_any_call(tmp_path, place):
    with http_server(ok) as server:
        settings = json.loads(json.dumps(place).replace("SERVER", server.url))
        with pytest.raises(PlanError, match=r"\{\{ txet \}\}.*Did you mean 'text'"):
            heard("http", settings, a_site(tmp_path, [a_probe()]), a_probe())
        assert server.calls == []


@pytest.mark.parametrize("url", ["example.com/x", "ftp://example.com", "http://", "http://:80/x", "http://example.com:99999/", "http://[::1"])
def test_an_address_that_is_none_is_refused_before_any_call_and_not_repeated(tmp_path, url):
    with pytest.raises(ConnectionSetupError, match=r"connect\.url") as caught:
        heard("http", {"url": url + "?key=hunter2hunter2"}, a_site(tmp_path), a_probe())
    assert "hunter2" not in str(caught.value)


def test_a_redirect_is_not_followed_and_is_a_failure(tmp_path):
    async def away(request, body):
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    failure, server = asked(tmp_path, {"url": "SERVER/", "headers": {"Authorization": "Bearer key"}, "body": 1}, a_probe(), away)
    assert isinstance(failure, Failure)
    assert failure.reason.startswith("HTTP 307")
    assert not failure.retry
    assert [str(call.rel_url) for call in server.calls] == ["/"]


@pytest.mark.parametrize(("status", "again"), [(400, False), (401, False), (404, False), (408, True), (429, True), (500, True), (503, True)])
def test_a_status_says_whether_asking_again_may_help(tmp_path, status, again):
    async def refuse(request, body):
        return web.Response(status=status, text="because <b>")

    failure, _ = asked(tmp_path, {"url": "SERVER/"}, a_probe(), refuse)
    assert isinstance(failure, Failure)
    assert (failure.retry, failure.detail) == (again, "because <b>")
    assert str(status) in failure.reason


def test_a_retry_after_survives_a_body_that_never_ends(tmp_path):
    async def refuse(request, body):
        response = web.StreamResponse(status=429, headers={"Retry-After": "7", "Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"wait")
        await asyncio.sleep(3)
        return response

    failure, _ = asked(tmp_path, {"url": "SERVER/"}, a_probe(), refuse)
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.retry_after, failure.detail) == ("HTTP 429 Too Many Requests", 7.0, "wait")


@pytest.mark.parametrize(("header", "seconds"), [
    ("120", 120.0), ("0", 0.0), ("-5", 0.0), ("1.5", 1.5), (None, None), ("soon", None), ("nan", None), ("inf", None), ("", None),
    ("Mon, 01 Jan 1990 00:00:00 GMT", 0.0), ("Mon, 99 Foo 2026 00:00:00 GMT", None),
])
def test_a_retry_after_is_seconds_from_now_or_nothing(header, seconds):
    assert retry_after(header) == seconds


def test_a_retry_after_date_is_counted_from_now():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert retry_after(later) == pytest.approx(90, abs=2)


def test_a_refused_connection_is_a_failure_worth_another_try(tmp_path):
    with http_server(ok) as server:
        url = server.url
    failure = heard("http", {"url": url}, a_site(tmp_path), a_probe())
    assert isinstance(failure, Failure)
    assert failure.retry
    assert failure.reason.startswith("no connection")


def test_a_server_that_never_answers_is_a_timeout(tmp_path):
    async def never(request, body):
        await asyncio.sleep(2)
        return web.Response()

    with http_server(never) as server:
        failure = heard("http", {"url": server.url}, a_site(tmp_path), a_probe(), seconds=0.2)
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.retry) == ("no reply within 0.2 seconds", True)


@pytest.mark.parametrize(("body", "output"), [
    (b"4", 4), (b'{"a": [1]}', {"a": [1]}), (b"plain words", "plain words"), ("\ufeff7".encode(), 7), (b"true", True), (b"NaN", "NaN"),
])
def test_a_body_is_read_as_json_and_else_as_text(tmp_path, body, output):
    async def say(request, _):
        return web.Response(body=body)

    reply, _ = asked(tmp_path, {"url": "SERVER/"}, a_probe(), say)
    assert isinstance(reply, Reply)
    assert reply.output == output


@pytest.mark.parametrize("body", [b"", b" \n "])
def test_an_empty_body_is_a_failure_and_no_text_of_no_words(tmp_path, body):
    async def say(request, _):
        return web.Response(body=body)

    failure, _ = asked(tmp_path, {"url": "SERVER/"}, a_probe(), say)
    assert isinstance(failure, Failure)
    assert failure.reason == "the reply is empty"


@pytest.mark.parametrize("raw", [
    b"", b"\x00\xff" * 50, b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhi", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", b"HTTP/1.1 429 \xff\xfe\r\nRetry-After: \xff\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 500 " + b"no" * 3000 + b"\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n",
])
def test_what_is_no_proper_http_is_a_failure(tmp_path, raw):
    with raw_server(lambda _: raw) as url:
        failure = heard("http", {"url": url}, a_site(tmp_path), a_probe())
    assert isinstance(failure, Failure)
    assert len(failure.reason) < 200


def test_no_noise_on_the_line_raises_anything_but_a_failure(tmp_path):
    rng = random.Random(7)
    good = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"answer": 3}'

    def noisy(_):
        raw = bytearray(good)
        for _ in range(rng.randint(1, 6)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        return bytes(raw[: rng.randint(0, len(raw))] if rng.random() < 0.3 else raw)

    async def ask_often(url):
        for _ in range(300):
            # Not `within`, which would hide what the adapter lets through.
            async with open_adapter(Connect("http", settings={"url": url}), a_site(tmp_path)) as tool:
                with contextlib.suppress(Failure, TimeoutError):
                    replies.append(await asyncio.wait_for(tool.ask(a_probe()), 1))

    replies = []
    with raw_server(noisy) as url:
        asyncio.run(ask_often(url))
    assert replies


def test_a_proxy_of_the_environment_is_used_and_a_login_of_the_netrc_is_not(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine tool.invalid login me password netrc-secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with http_server(ok) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        reply = heard("http", {"url": "http://tool.invalid/x", "headers": {"Authorization": "Bearer mine"}}, a_site(tmp_path), a_probe())
    assert isinstance(reply, Reply)
    assert proxy.calls[0].headers["Host"] == "tool.invalid"
    assert proxy.calls[0].headers["Authorization"] == "Bearer mine"


def test_a_login_in_the_address_beside_an_authorization_header_is_refused_before_any_call(tmp_path):
    settings = {"url": "http://user:pw@127.0.0.1:9/", "headers": {"Authorization": "Bearer x"}}
    with pytest.raises(ConnectionSetupError, match="holds a login, and there is an Authorization as well"):
        heard("http", settings, a_site(tmp_path), a_probe())


@pytest.fixture
def https(tmp_path):
    """A server whose certificate an authority of its own signed, and that authority's certificate."""
    authority = certificate("An invented authority", key=rsa_key(number=1), ca=True)
    own = certificate("localhost", key=rsa_key(), issuer="An invented authority", issuer_key=rsa_key(number=1), server=True, hosts=["localhost"])
    (tmp_path / "ca.pem").write_text(pem(authority), encoding="utf-8")
    (tmp_path / "server.pem").write_text(pem(own) + private_pem(rsa_key()), encoding="utf-8")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem")
    with http_server(ok, tls) as server:
        yield server.url.replace("127.0.0.1", "localhost"), tmp_path / "ca.pem"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_of_the_environment_is_trusted_and_no_other(tmp_path, monkeypatch, https, variable):
    url, authority = https
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    stranger = heard("http", {"url": url}, a_site(tmp_path), a_probe())
    assert isinstance(stranger, Failure)
    assert "certificate is not trusted" in stranger.reason
    assert "SSL_CERT_FILE" in stranger.detail
    assert not stranger.retry
    monkeypatch.setenv(variable, str(authority))
    assert isinstance(heard("http", {"url": url}, a_site(tmp_path), a_probe()), Reply)


def test_a_file_of_authorities_that_is_none_is_one_line_before_any_call(tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    with pytest.raises(ConnectionSetupError, match=r"SSL_CERT_FILE names .*gone\.pem, which cannot be read as certificates"):
        heard("http", {"url": "https://tool.invalid/"}, a_site(tmp_path), a_probe())
