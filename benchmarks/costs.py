"""How near `audit check --pilot` comes to what a run then costs, on priced stand-ins: python -m benchmarks.costs

Each kind of stand-in is asked 200 times over, as the pilot asks (audit/forecast/sample.py chooses, and stops) and then to the end. What the tool would
say of its tokens is drawn, and no call is made; `--through` sends a few through `audit check --pilot` and `audit collect` to a server on the loopback
interface. What a run costs is what the stand-in bills: tokens of its replies, and each call where calls cost; a call that it refuses costs no tokens.
Nobody is in these sets. Exit code 1 where fewer than 95 of 100 are within 20%, kinds marked * apart: they lie beyond what is promised.

within 20%: share of runs. error: of estimate over cost, median and 95th percentile. covered: share within the printed range. asked: probes of the pilot,
median and most. ping: share within 20% after `--ping` alone.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from aiohttp import web

from audit import pipeline
from audit.cli.screen import today
from audit.collect import Log, Prices
from audit.forecast.costs import heard
from audit.forecast.known import estimate, know
from audit.forecast.pilot import told
from audit.forecast.sample import Choice, prices_of
from audit.pipeline import Prepared
from audit.records import Probe, Response
from tests.audits import write_plan, write_set
from tests.loopback import http_server

PROMISE = 0.95
NEAR = 0.20
Draw = Callable[[np.random.Generator, Probe], float]
"""A probe → the tokens of one reply to it."""


@dataclass(frozen=True)
class Kind:
    """A priced stand-in. words: of the prompt of item i; system: tokens that the tool adds to each call; refused: share of calls answered with 503.

    per_call: dollars, in place of a price of tokens. turns: of a conversation. second: a second set beside it, of one-word labels. beyond: nothing is promised.
    """

    name: str
    draw: Draw
    items: int = 280
    words: Callable[[int], int] = lambda i: 20 + 7 * (i % 30)
    characters: float = 3.7
    system: int = 0
    refused: float = 0.0
    per_call: float = 0.0
    turns: int = 0
    second: bool = False
    beyond: bool = False

    @property
    def prices(self) -> Prices:
        """US dollars: of a call, or of 1,000 tokens, those of a reply five times as dear."""
        return Prices(per_call=self.per_call) if self.per_call else Prices(per_1k_input_tokens=0.003, per_1k_output_tokens=0.015)


def _thinking(share: float, least: int, most: int) -> Draw:
    def draw(rng: np.random.Generator, _probe: Probe) -> float:
        return rng.uniform(60, 180) + (rng.uniform(least, most) if rng.random() < share else 0)

    return draw


def _label_or(draw: Draw) -> Draw:
    return lambda rng, probe: rng.integers(2, 6) if probe.set == "labels" else draw(rng, probe)


def _lognormal(median: float, sd: float) -> Draw:
    return lambda rng, _: rng.lognormal(np.log(median), sd)


KINDS = (
    Kind("replies of 180 tokens", lambda *_: 180.0),
    Kind("replies of 100 to 600 tokens", lambda rng, _: rng.uniform(100, 600)),
    Kind("the same, of a small plan: 120 probes", lambda rng, _: rng.uniform(100, 600), items=60),
    Kind("the same, of a large one: 4,000 probes", lambda rng, _: rng.uniform(100, 600), items=2000),
    Kind("lognormal: SD of the logs 1.0", _lognormal(160, 1.0)),
    Kind("lognormal, of 4,000 probes", _lognormal(160, 1.0), items=2000),
    Kind("length by group: 150 or 450", lambda rng, p: rng.normal(150 if p.groups["dialect"] == "SAE" else 450, 40)),
    Kind("length by prompt: half its words", lambda rng, p: rng.uniform(0.3, 0.7) * len(p.prompt.split()), words=lambda i: 30 + 20 * (i % 40)),
    Kind("long prompts of 200 to 1,400 words, one-word replies", lambda rng, _: rng.integers(1, 6), words=lambda i: 200 + 31 * (i % 40), characters=4.9),
    Kind("a system prompt of 1,200 tokens", lambda rng, _: rng.uniform(50, 400), system=1200),
    Kind("hidden reasoning in every reply, 200 to 3,000", _thinking(1.0, 200, 3000)),
    Kind("hidden reasoning in 3 of 10, 400 to 2,000", _thinking(0.3, 400, 2000)),
    Kind("5% of calls refused", lambda rng, _: rng.uniform(100, 600), refused=0.05),
    Kind("5% refused, a price a call", lambda rng, _: rng.uniform(100, 600), refused=0.05, per_call=0.02),
    Kind("conversations of 4 turns", lambda rng, _: rng.uniform(100, 600), items=140, turns=4),
    Kind("conversations, 60, beside 560 labels", _label_or(lambda rng, _: rng.uniform(100, 600)), items=30, turns=4, second=True),
    Kind("* hidden reasoning in 1 of 10, 1,500 to 2,500", _thinking(0.1, 1500, 2500), beyond=True),
    Kind("* lognormal: SD of the logs 1.4", _lognormal(160, 1.4), beyond=True),
    Kind("* Pareto tail, index 2.2", lambda rng, _: 60 + 120 * rng.pareto(2.2), beyond=True),
)


def plan_of(kind: Kind, folder: Path, address: str = "http://127.0.0.1:9") -> Path:
    """Write a kind's sets and plan."""
    turns = "turns = [" + ", ".join(f'"{{{{ text }}}} ({n})"' if n == 1 else f'"Go on, {n}."' for n in range(1, kind.turns + 1)) + "]" if kind.turns else ""
    _lengthened(write_set(folder / "tiny", items=kind.items, outcome="text", extra=turns), kind)
    sets = ["tiny"]
    if kind.second:
        _lengthened(write_set(folder / "labels", items=280, outcome="text", id="labels"), kind)
        sets.append("labels")
    plan = write_plan(folder, f'adapter = "chat"\nbase_url = "{address}/v1"\nmodel = "stand-in"\nconcurrency = 8\n', sets=sets)
    own = kind.prices
    with plan.open("a", encoding="utf-8") as file:
        file.write(f"[budget]\nprice = {{ per_call = {own.per_call}, per_1k_input_tokens = {own.per_1k_input_tokens}, per_1k_output_tokens = {own.per_1k_output_tokens} }}\n")
    return plan


def _lengthened(folder: Path, kind: Kind) -> None:
    path = folder / "items.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["input"]["text"] += " word" * kind.words(int(row["item"][1:]))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def counts(kind: Kind, probe: Probe, rng: np.random.Generator) -> tuple[int, int]:
    """Return the tokens that a reply to a probe tells of, sent and received; of a conversation, of all its turns."""
    sent, received, said = 0, 0, 0.0
    for text in probe.turns or (probe.prompt,):
        said += len(text) / kind.characters
        reply = max(1, round(float(kind.draw(rng, probe))))
        sent, received, said = sent + round(kind.system + said), received + reply, said + reply
    return sent, received


@dataclass
class Played:
    """One run of a stand-in: what each probe sends, receives and how often it is refused first, all drawn beforehand."""

    kind: Kind
    probes: Sequence[Probe]
    tokens: dict[str, tuple[int, int]]
    refused: dict[str, int]

    def cost(self, probes: Sequence[Probe]) -> float:
        """Return what the stand-in bills for these probes."""
        own = [self.tokens[p.id] for p in probes]
        return self.kind.prices.of(sum(p.calls * (1 + self.refused[p.id]) for p in probes), sum(sent for sent, _ in own), sum(received for _, received in own))

    def log(self, probes: Sequence[Probe]) -> Log:
        """Return the journal once these probes have been asked."""
        log = Log(None, {}, 0, 0, torn=False)
        for p in probes:
            sent, received = self.tokens[p.id]
            log.responses[p.id] = Response(p.id, "", None, "", 1.0, 1, "", {"usage": {"prompt_tokens": sent, "completion_tokens": received}})
            log.calls += p.calls * (1 + self.refused[p.id])
            log.untold[p.id] = self.refused[p.id]
            log.tokens = (log.tokens[0] + sent, log.tokens[1] + received)
        return log


def played(kind: Kind, prepared: Prepared, rng: np.random.Generator) -> Played:
    """Draw one run, in an order of its own."""
    probes = [prepared.probes[n] for n in rng.permutation(len(prepared.probes))]
    refused = {p.id: int(rng.geometric(1 - kind.refused)) - 1 if kind.refused else 0 for p in probes}
    return Played(kind, probes, {p.id: counts(kind, p, rng) for p in probes}, refused)


def piloted(run: Played, prices: Prices) -> tuple[float, bool, int]:
    """Return a pilot's estimate over the cost, whether its range holds the cost, and the probes that it asked."""
    choice, asked = Choice(run.probes, run.probes, prices, 1.0), []
    while batch := choice.open_ones():
        asked += batch
        choice.take(told(run.log(asked), run.probes, prices))
    found, cost = choice.estimate, run.cost(run.probes)
    return found.dollars / cost, found.low - 1e-9 <= cost <= found.high + 1e-9, len(asked)


def pinged(run: Played, prices: Prices) -> float:
    """Return the estimate after one reply, of a probe of about the mean length, over the cost."""
    mean = sum(len(p.prompt) for p in run.probes) / len(run.probes)
    probe = min(run.probes, key=lambda p: abs(len(p.prompt) - mean))
    known = know([heard(probe, run.log([probe]).responses[probe.id].meta, 1.0)], 1.0)
    return estimate(known, run.probes, prices, 0.0, 0).dollars / run.cost(run.probes)


@dataclass(frozen=True)
class Result:
    """What came of the runs of a kind."""

    name: str
    ratios: np.ndarray
    covered: float
    asked: np.ndarray
    pings: np.ndarray
    planned: int

    @property
    def near(self) -> float:
        """The share of runs within 20%."""
        return float(np.mean(np.abs(self.ratios - 1) <= NEAR))

    def line(self) -> str:
        """Return the result as a row of the table."""
        error = np.abs(self.ratios - 1)
        return (
            f"| {self.name} | {self.near:.3f} | {100 * np.median(error):.1f}% | {100 * np.quantile(error, 0.95):.1f}% | {self.covered:.3f} | "
            f"{np.median(self.asked):.0f}, {self.asked.max()} of {self.planned:,} | {np.mean(np.abs(self.pings - 1) <= NEAR):.2f} |"
        )


def result(kind: Kind, runs: int, seed: int) -> Result:
    """Play a kind so many times."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        prepared = pipeline.prepare(plan_of(kind, Path(folder)), {}, today())
    prices = prices_of(prepared)
    found, pings = [], []
    for _ in range(runs):
        run = played(kind, prepared, rng)
        found.append(piloted(run, prices))
        pings.append(pinged(run, prices))
    ratios, covered, asked = zip(*found, strict=True)
    return Result(kind.name, np.array(ratios), float(np.mean(covered)), np.array(asked), np.array(pings), len(prepared.probes))


def through(kind: Kind, seed: int) -> tuple[float, float, int, int, int]:
    """Send one run through the commands, over HTTP. Return the estimate and the bill in dollars, the replies of the pilot, and how many probes were asked in all and twice."""
    rng, lock, bill = np.random.default_rng(seed), threading.Lock(), Bill()

    async def answer(_request: web.Request, body: str) -> web.Response:
        messages = json.loads(body)["messages"]
        with lock:
            if rng.random() < kind.refused:
                bill.calls += 1
                return web.Response(status=503)
            text = " ".join(m["content"] for m in messages)
            of = Probe(id="", set="labels" if kind.second and "(1)" not in text else "tiny", item="", groups={"dialect": "SAE" if "SAE" in text else "AAE"}, repeat=1,
                       input={}, prompt=messages[-1]["content"])
            received = max(1, round(float(kind.draw(rng, of))))
            sent = round(kind.system + sum(len(m["content"]) for m in messages if m["role"] == "user") / kind.characters) + sum(
                int(m["content"].split()[0]) for m in messages if m["role"] == "assistant")
            bill.add(body, sent, received)
        return web.json_response({"choices": [{"message": {"content": f"{received} tokens long."}}], "model": "stand-in", "usage": {"prompt_tokens": sent, "completion_tokens": received}})

    with tempfile.TemporaryDirectory() as folder, http_server(answer) as server:
        plan = str(plan_of(kind, Path(folder), server.url))
        found = json.loads(_audit("check", plan, "--pilot", "--format", "json"))
        _audit("collect", plan)
    return found["forecast"]["dollars"], kind.prices.of(bill.calls, bill.sent, bill.received), found["pilot"]["replies"], len(bill.bodies), bill.twice


class Bill:
    """What a stand-in answered."""

    def __init__(self) -> None:
        self.calls = self.sent = self.received = self.twice = 0
        self.bodies: set[str] = set()

    def add(self, body: str, sent: int, received: int) -> None:
        """Count a reply."""
        self.calls, self.sent, self.received = self.calls + 1, self.sent + sent, self.received + received
        self.twice += body in self.bodies
        self.bodies.add(body)


def _audit(*arguments: str) -> str:
    return subprocess.run([sys.executable, "-m", "audit", *arguments], capture_output=True, text=True, encoding="utf-8", check=True).stdout


def main() -> int:
    """Play every kind, print the table, and return 1 where a promise is broken."""
    options = argparse.ArgumentParser(description="How near a pilot's estimate comes to what a run costs.")
    options.add_argument("--runs", type=int, default=200)
    options.add_argument("--kinds", default="", help="only kinds whose name holds this")
    options.add_argument("--through", action="store_true", help="send one run of each kind through the commands, over HTTP")
    given = options.parse_args()
    chosen = [k for k in KINDS if given.kinds in k.name]
    broken, start = 0, time.process_time()
    if given.through:
        for n, kind in enumerate(chosen):
            dollars, bill, replies, asked, twice = through(kind, n)
            broken += twice > 0 or (abs(dollars / bill - 1) > NEAR and not kind.beyond)
            print(f"{kind.name}: estimate ${dollars:.3f} after {replies} replies, billed ${bill:.3f} ({dollars / bill:.2f}); {asked} calls, {twice} twice", flush=True)
        return broken > 0
    print("| stand-in | within 20% | median error | 95th | covered | asked | ping |\n|---|---|---|---|---|---|---|")
    for n, kind in enumerate(chosen):
        found = result(kind, given.runs, n)
        broken += found.near < PROMISE and not kind.beyond
        print(found.line(), flush=True)
    print(f"\n{given.runs} runs a kind; {time.process_time() - start:.0f} s of CPU")
    return broken > 0


if __name__ == "__main__":
    sys.exit(main())
