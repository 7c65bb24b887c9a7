"""Collection beside a bare client loop and beside peers: python -m benchmarks.collection [--peers] [--long] [--kills N]

Every line is measured in one run against the same stand-in, which answers after 50 ms: wall time as a multiple of the ideal (calls × 50 ms ÷
calls at once), client CPU a call, peak memory. The bare loop is aiohttp without a journal: the floor of what we build on. Ours keeps its
journal on disk. Peers are whole processes, start-up included, since they cannot be timed otherwise, and ours stands beside them as a whole
command as well. --peers installs them (pip, npm) into .benchmarks/ first. --long also collects 200,000 probes, for the memory.
--kills kills a run of 2,000 probes N times with SIGKILL and counts what was lost and what was asked twice.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
CACHE = ROOT / ".benchmarks"
SECONDS = 0.05
CALLS = 2_000
ROUNDS = 5


@contextmanager
def standin(seconds: float = SECONDS) -> Iterator[int]:
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.collection.server", str(seconds)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline())
    finally:
        server.kill()
        server.wait()


def timed(argv: list[str], **more: object) -> dict[str, float]:
    """Run a command; return its wall and CPU seconds and its peak memory, children included."""
    start = time.perf_counter()
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)  # type: ignore[call-overload]
    said = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    if status and os.waitstatus_to_exitcode(status) not in (0, 3, 100):
        raise SystemExit(f"{argv[0]} ended with {status}: {said.decode()[-2000:]}")
    return {"wall": time.perf_counter() - start, "cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}


def module(name: str, *arguments: object) -> dict[str, float]:
    run = subprocess.run([sys.executable, "-m", f"benchmarks.collection.{name}", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(run.stderr)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def show(name: str, at_once: int, found: list[dict[str, float]], calls: int = CALLS) -> None:
    ideal = calls * SECONDS / at_once
    wall, cpu = median(f["wall"] for f in found) / ideal, median(f["cpu"] for f in found) / calls * 1000
    least, most = min(f["wall"] for f in found) / ideal, max(f["wall"] for f in found) / ideal
    print(f"{name:<44} {at_once:>4} {wall:>8.2f} ({least:.2f}-{most:.2f}) {cpu:>10.3f} ms {max(f['peak_mb'] for f in found):>8.0f} MB", flush=True)


def loops(port: int, folder: Path) -> None:
    print(f"\n{CALLS:,} calls, once started{'':<22} {'at':>4} {'x ideal':>8} (range)      CPU a call   peak memory   ({ROUNDS} rounds, median)")
    for at_once in (50, 200):
        bare, ours = [], []
        for number in range(ROUNDS):   # side by side, so that what else the machine does falls on both
            bare.append(module("bare", port, CALLS, at_once))
            ours.append(module("ours", port, CALLS, at_once, folder / f"{at_once}-{number}"))
        show("a bare loop over aiohttp, nothing kept", at_once, bare)
        show("ours, with its journal", at_once, ours)
    found = module("ours", port, 4 * CALLS, "auto", folder / "auto")
    print(f'ours, concurrency = "auto": {4 * CALLS:,} calls in {found["wall"] / (4 * CALLS * SECONDS / 200):.2f} times the ideal of 200 at once; it found {found["at_once"]:.0f}')


def memory(port: int, folder: Path, *, large: bool) -> None:
    counts = (CALLS, 100 * CALLS) if large else (CALLS, 10 * CALLS)
    found = [module("ours", port, n, 200, folder / f"memory-{n}") for n in counts]
    print(f"\nPeak memory: {found[0]['peak_mb']:.0f} MB for {counts[0]:,} probes, {found[1]['peak_mb']:.0f} MB for {counts[1]:,}; CPU a call "
          f"{found[0]['cpu'] / counts[0] * 1000:.3f} and {found[1]['cpu'] / counts[1] * 1000:.3f} ms")


def a_plan(folder: Path, port: int, at_once: int, items: int) -> Path:
    """Write a plan whose set makes two probes an item."""
    (folder / "set").mkdir(parents=True)
    (folder / "set" / "set.toml").write_text(
        'id = "calls"\ntitle = "Calls"\ndesign = "matched"\noutcome = "text"\n[attributes.a]\nreference = "x"\ngroups = { x = "X", y = "Y" }\n', encoding="utf-8")
    rows = ({"item": f"i{n}", "groups": {"a": g}, "input": {"text": f"probe {n:05}-{g} " + "An essay. " * 20}} for n in range(items) for g in "xy")
    (folder / "set" / "items.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    plan = folder / "plan.toml"
    plan.write_text(
        f'[tool]\nname = "Stand-in"\nvendor = "Nobody"\nversion = "1"\n[connect]\nadapter = "chat"\nbase_url = "http://127.0.0.1:{port}/v1"\nmodel = "m"\n'
        f'concurrency = {at_once}\n[design]\nfixtures = ["set"]\nrepeats = 1\n[checklists]\nuse = []\n', encoding="utf-8")
    return plan


def install_peers() -> None:
    if not (CACHE / "peers" / "bin").is_dir():
        subprocess.run([sys.executable, "-m", "venv", str(CACHE / "peers")], check=True)
        subprocess.run([str(CACHE / "peers" / "bin" / "pip"), "install", "-q", "inspect-ai", "openai"], check=True)
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(CACHE / "peers")], check=False, stdout=subprocess.DEVNULL)
    if not (CACHE / "node_modules" / ".bin" / "promptfoo").exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", str(CACHE), "promptfoo"], check=True)


def peers(port: int, folder: Path) -> None:
    install_peers()
    print(f"\n{CALLS:,} calls, whole command, start-up included")
    base = {k: v for k, v in os.environ.items() if not k.startswith("PYTHONDONTWRITE")}
    for at_once in (50, 200):
        plan = a_plan(folder / f"plan-{at_once}", port, at_once, CALLS // 2)
        show("audit collect", at_once, [timed([str(Path(sys.executable).parent / "audit"), "collect", str(plan)], cwd=folder)])
        show("Inspect AI", at_once, [inspect(port, at_once, folder, base)])
        show("promptfoo", at_once, [promptfoo(port, at_once, folder, base)])


def inspect(port: int, at_once: int, folder: Path, base: dict[str, str]) -> dict[str, float]:
    shutil.copy(HERE / "peers" / "inspect_task.py", folder)   # it takes no task by a full path
    environment = base | {"CALLS": str(CALLS), "STANDIN_BASE_URL": f"http://127.0.0.1:{port}/v1", "STANDIN_API_KEY": "none"}
    return timed(
        [str(CACHE / "peers" / "bin" / "inspect"), "eval", "inspect_task.py", "--model", "openai-api/standin/m", "--display", "none",
         "--max-connections", str(at_once), "--max-samples", str(at_once), "--log-dir", str(folder / f"inspect-{at_once}")], env=environment, cwd=folder)


def promptfoo(port: int, at_once: int, folder: Path, base: dict[str, str]) -> dict[str, float]:
    place = folder / f"promptfoo-{at_once}"
    place.mkdir()
    config = {
        "prompts": ["{{text}}"], "providers": [{"id": "openai:chat:m", "config": {"apiBaseUrl": f"http://127.0.0.1:{port}/v1", "apiKey": "none"}}],
        "tests": [{"vars": {"text": f"probe {n:08} " + "An essay. " * 20}} for n in range(CALLS)],
    }
    (place / "promptfooconfig.json").write_text(json.dumps(config), encoding="utf-8")
    environment = base | {
        "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_CONFIG_DIR": str(place / "state"), "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1"}
    return timed(
        [str(CACHE / "node_modules" / ".bin" / "promptfoo"), "eval", "-c", "promptfooconfig.json", "--no-cache", "--no-progress-bar", "--no-table", "--no-share",
         "-j", str(at_once), "-o", "out.json"], env=environment, cwd=place)


def kills(folder: Path, times: int, seed: int = 20261122) -> None:
    """Kill a run of 2,000 again and again; count replies lost and probes asked twice beside what was in flight."""
    rng, at_once = random.Random(seed), 50
    with standin() as port:
        plan = a_plan(folder / "kills", port, at_once, CALLS // 2)
        command = [str(Path(sys.executable).parent / "audit"), "collect", str(plan)]
        journal, killed, in_flight = plan.parent / "plan-run" / "journal.jsonl", 0, 0
        while killed < times:
            child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            before = replies(journal)
            until = time.monotonic() + 60
            while replies(journal) == before and child.poll() is None and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(rng.uniform(0.0, CALLS * SECONDS / at_once / times))
            if child.poll() is not None:
                break
            child.send_signal(signal.SIGKILL)
            child.wait()
            killed += 1
        last = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/calls") as answer:
            told = json.load(answer)
    events = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    answered = [e["probe"] for e in events if e["event"] == "reply"]
    asked = sum(e["event"] == "ask" for e in events)
    in_flight = asked - len(answered) - sum(e["event"] == "fail" for e in events)
    print(f"\nKilled {killed} times (SIGKILL, at random moments) with {at_once} calls at once; then run to its end with exit code {last.returncode}.")
    print(f"Probes with a reply: {len(set(answered)):,} of {CALLS:,}; replies kept twice: {len(answered) - len(set(answered))}; "
          f"calls that were in flight when it was killed, and are known: {in_flight} ({in_flight / max(killed, 1):.0f} a kill, {at_once} at once)")
    print(f"The tool answered {told['calls']:,} calls; {told['twice']} prompts were answered more than once: at most what was in flight")
    assert len(set(answered)) == CALLS
    assert told["twice"] <= in_flight


def replies(journal: Path) -> int:
    return journal.read_bytes().count(b'"event":"reply"') if journal.is_file() else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="collection-"))
    try:
        with standin() as port:
            loops(port, folder)
            memory(port, folder, large=options.long)
            if options.peers:
                peers(port, folder)
        kills(folder, options.kills)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
