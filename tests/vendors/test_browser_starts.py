"""How the browser of the adapter `browser` is started and ended: late, in a profile, after a death. Each test starts its own."""

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from audit.errors import ConnectionSetupError, PlanError, Unfinished
from audit.plan import Connect
from audit.records import Failure
from audit.vendors import open_adapter
from audit.vendors.chromium import login, pool, visit
from audit.vendors.chromium.start import free_profile
from tests.builders import a_probe, a_site
from tests.vendors.asking import LONG, heard, until
from tests.vendors.processes import marked

READ = {"read": "#answer"}


def test_no_browser_is_started_where_nothing_is_asked(tmp_path, monkeypatch):
    def started(*_):
        raise AssertionError("a browser was started")

    monkeypatch.setattr(pool, "playwright", started)

    async def only_open():
        async with open_adapter(Connect("browser", settings={"url": "https://tool.example/", "steps": [READ]}), a_site(tmp_path)):
            pass

    asyncio.run(only_open())


def test_a_login_is_kept_in_the_profile_and_its_end_stops_the_run(server, tmp_path, monkeypatch):
    settings = {"url": server.url + "/login", "steps": [{"open": "/private"}, READ], "profile": "me", "logged_in": "text=Log out"}
    with pytest.raises(Unfinished, match=r"Run: audit login plan\.toml"):
        heard("browser", settings, a_site(tmp_path), a_probe())
    told = []
    _log_in(settings, tmp_path, told.append, monkeypatch)
    assert "close the window" in told[0]
    assert "*" in (tmp_path / "me" / ".gitignore").read_text().split()
    _leave_a_lock(tmp_path / "me")
    assert heard("browser", settings, a_site(tmp_path, timeout=LONG), a_probe(), seconds=LONG).output == "for members only"
    (tmp_path / "nobody").mkdir()
    monkeypatch.setattr(visit, "_LOGIN_SECONDS", 1.0)
    asyncio.run(_nobody_is_logged_in(settings | {"profile": "nobody", "steps": [{"open": "/{{ page }}"}, READ]}, tmp_path))


async def _nobody_is_logged_in(settings, folder):
    async with open_adapter(Connect("browser", settings=settings), a_site(folder, timeout=LONG)) as tool:
        for page, why in [("private", "nothing on the page matches"), ("sso", "the page went to http://127.0.0.1:")]:
            with pytest.raises(Unfinished, match=f"nobody is logged in .{why}.*audit login plan"):
                await tool.ask(a_probe(page=page))


def _log_in(settings, folder, tell, monkeypatch):
    """Log in, and close the window when the page says that one is in."""
    def told(line):
        tell(line)
        if "you are logged in" in line:
            for page in windows:
                closing.append(asyncio.ensure_future(page.close()))

    async def watched(context, *arguments):
        windows.extend(context.pages)
        await until_closed(context, *arguments)

    windows, closing, until_closed = [], [], login._until_closed
    monkeypatch.setattr(login, "_until_closed", watched)
    asyncio.run(asyncio.wait_for(login.log_in(login.settings_of(Connect("browser", settings=settings), "plan.toml"), a_site(folder), told, visible=False), 60))


def _leave_a_lock(profile: Path) -> None:
    """Lock a profile as a browser that was killed does."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (profile / "SingletonLock").unlink(missing_ok=True)
    (profile / "SingletonLock").symlink_to(f"{os.uname().nodename}-{gone.pid}")


def test_a_profile_that_a_browser_has_open_is_refused_and_left_alone(server, tmp_path):
    settings = {"url": server.url + "/", "steps": [{"open": "/fine"}, READ], "profile": "me"}
    (tmp_path / "me").mkdir()

    async def twice():
        connect = Connect("browser", settings=settings)
        async with open_adapter(connect, a_site(tmp_path)) as one, open_adapter(connect, a_site(tmp_path)) as another, one.visit(a_probe()), another.visit(a_probe()):
            pass

    with pytest.raises(ConnectionSetupError, match="the profile 'me' is open in another browser"):
        asyncio.run(twice())


def test_a_lock_of_another_computer_is_not_removed(tmp_path):
    (tmp_path / "SingletonLock").symlink_to("another-host-12")
    with pytest.raises(ConnectionSetupError, match="open in another browser"):
        free_profile(tmp_path, "plan.toml")
    assert (tmp_path / "SingletonLock").is_symlink()


def test_a_login_of_another_adapter_is_refused():
    with pytest.raises(PlanError, match="one logs in to web pages only"):
        login.settings_of(Connect("http", settings={"url": "https://tool.example/"}), "plan.toml")


def asked_for(server, path):
    return any(call.path == path for call in server.calls)


KILLED = """
import asyncio, sys
from pathlib import Path
from audit.plan import Connect
from audit.vendors import open_adapter
from tests.builders import a_probe, a_site

async def main():
    settings = {"url": sys.argv[1], "steps": [{"wait": "#never"}, {"read": "#never"}], "profile": "me"}
    async with open_adapter(Connect("browser", settings=settings), a_site(Path(sys.argv[2]), timeout=600)) as tool:
        print("asking", flush=True)
        await tool.ask(a_probe())

asyncio.run(main())
"""


def test_a_killed_audit_leaves_no_browser_behind_and_its_profile_can_be_used_again(server, tmp_path):
    (tmp_path / "me").mkdir()
    mark = uuid.uuid4().hex
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, server.url + "/fine", str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2],
        env=os.environ | {"AUDIT_TEST_MARK": mark}, text=True,
    )
    assert killed.stdout.readline() == "asking\n"
    until(lambda: asked_for(server, "/fine") and len(marked(mark)) > 2, "no browser")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    until(lambda: not marked(mark), "the browser lives on")
    reply = heard("browser", {"url": server.url + "/fine", "steps": [READ], "profile": "me"}, a_site(tmp_path, timeout=LONG), a_probe(), seconds=LONG)
    assert reply.output == "all is well"


def test_a_browser_that_died_is_started_again(server, tmp_path, monkeypatch):
    mark = uuid.uuid4().hex
    monkeypatch.setenv("AUDIT_TEST_MARK", mark)
    connect = Connect("browser", settings={"url": server.url + "/", "steps": [{"open": "/{{ page }}"}, READ]})

    async def kill_while_asking():
        async with open_adapter(connect, a_site(tmp_path, timeout=LONG)) as tool:
            asking = asyncio.create_task(tool.ask(a_probe(id="p1", page="absent")))
            await asyncio.to_thread(until, lambda: asked_for(server, "/absent"), "the page was not opened")
            for process in marked(mark, "--type=", without=True):
                os.kill(process, signal.SIGKILL)
            with pytest.raises(Failure) as caught:
                await asking
            return caught.value, await tool.ask(a_probe(id="p2", page="fine"))

    failure, reply = asyncio.run(kill_while_asking())
    assert failure.retry
    assert reply.output == "all is well"
