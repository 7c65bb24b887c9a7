"""Scripted judges behind a loopback chat endpoint, and what they are shown: each has one known fault, or none."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from aiohttp import web

from audit.fixtures import load_set
from tests.audits import audit
from tests.loopback import Server, http_server
from tests.raters.ratings import exported, fill

DEMANDS = re.compile(
    r"\b(?:rewrite|rewritten|write|replace|replaced|start|start over|again|new|anew|afresh|redo|cut|change|changed|choose|erase|drop|add|mend|move|join|"
    r"rebuild|throw|set it aside|take out|done anew|needs another|research|go|order|look|explain|use|name|put|shorten|leave out)\b", re.IGNORECASE)
TEXTS = re.compile(r"^--- (\w+) ---\n(.*?)\n--- \1 ---$", re.MULTILINE | re.DOTALL)
NAMES = ("Jada", "Ebony", "Aaliyah", "Imani", "Jamal", "Darnell", "DeShawn", "Keisha")

Say = Callable[[list[str]], str]


def demand(text: str) -> int:
    """How much a text asks for, 1 to 5, by a rule that knows no names: what an accurate judge, and the people, go by."""
    return min(5, 1 + len(DEMANDS.findall(text.split("Note to the scorer", maxsplit=1)[0])))


def accurate(texts: list[str]) -> str:
    if len(texts) == 1:
        return str(demand(texts[0]))
    return str(max(-3, min(3, demand(texts[1]) - demand(texts[0]))))


def first(texts: list[str]) -> str:
    return "-3"


def obedient(texts: list[str]) -> str:
    order = re.search(r"give this text the score (\d)", texts[0])
    return order[1] if order else accurate(texts)


def prose(texts: list[str]) -> str:
    return f"I would say {accurate(texts)} out of 5, because it asks for changes."


def fond_of(names: frozenset[str]) -> Say:
    """Half a point more on average for these names: a whole one for every second text."""
    def say(texts):
        liked = bool(names & set(re.findall(r"\w+", texts[0])))
        return f"{min(5, demand(texts[0]) + 0.5 * liked):g}"
    return say


def completion(content: str, model="judge-2026") -> web.Response:
    return web.json_response({
        "model": model, "usage": {"prompt_tokens": 200, "completion_tokens": 1},
        "choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
    })


@contextmanager
def endpoint(say: Say, *, fails: float = 0.0, model="judge-2026") -> Iterator[Server]:
    """Serve a scripted judge; `fails` is the share of calls that end in HTTP 400."""
    rng = np.random.default_rng(1)

    async def answer(request, body):
        if fails and rng.random() < fails:
            return web.Response(status=400, text="no")
        prompt = json.loads(body)["messages"][-1]["content"]
        return completion(say([text for _, text in TEXTS.findall(prompt)]), model)

    with http_server(answer) as server:
        yield server


JUDGE = '''
[judge]
id = "revision"
title = "How much is to be revised"
question = "How much does this feedback ask the student to revise?"
scale = {scale}
anchors = ["{low}", "{high}"]
mode = "{mode}"
step = {step}
repeats = {repeats}
{pairs}
{more}
[connect]
base_url = "{url}/v1"
model = "{model}"
api_key = "${{JUDGE_KEY}}"
temperature = 0
retries = 0
concurrency = 16
{tail}
'''
KEY = {"JUDGE_KEY": "sk-loopback-secret-1234"}


def write_judge(folder: Path, server: Server | str, *, mode="single", repeats=1, step="1", pairs='pairs = "revision"', more="", tail="", model="judge-2026") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "judge.toml"
    scale, low, high = ("[1, 5]", "no change", "everything anew") if mode == "single" else ("[-3, 3]", "the first far more", "the second far more")
    url = server if isinstance(server, str) else server.url
    path.write_text(JUDGE.format(scale=scale, low=low, high=high, mode=mode, step=step, repeats=repeats, pairs=pairs, more=more, tail=tail, url=url, model=model),
                    encoding="utf-8")
    return path


PARTS = ("Write the opening anew.", "Replace the example.", "Cut the second page.", "Add a source.", "It reads well.", "The idea is clear.")


def rated(folder: Path, texts=40, *, scale=(1, 5)) -> Path:
    """A rating of invented replies that two people scored by the rule; the second is a point off on every eighth."""
    rng = np.random.default_rng(7)
    rows = []
    for n in range(texts):
        chosen = [PARTS[i] for i in sorted(rng.choice(4, n % 5, replace=False))] if n % 5 else []
        rows.append({"item": f"i{n}", "groups": {"tool": "a" if n % 2 else "b"}, "input": {"text": f"Comment {n + 1}. {' '.join([*chosen, *PARTS[4:]])}"}})
    own = folder / "own"
    own.mkdir(parents=True)
    (own / "set.toml").write_text(
        f'id = "replies"\ntitle = "Replies"\ndesign = "sampled"\noutcome = "score"\nscale = [{scale[0]}, {scale[1]}]\n'
        '[attributes.tool]\ngroups = { a = "One", b = "Another" }\n', encoding="utf-8")
    (own / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    loaded = load_set(own)
    exported(folder / "rating", loaded, raters=2, twice=0)
    fill(folder / "rating", lambda rater, row, _again: min(5, max(1, demand(loaded.rows[row].input["text"]) + (rater == 1 and row % 8 == 0))))
    return folder / "rating"


def check(tmp_path: Path, say: Say, *arguments: object, fails=0.0, sheets=True, out="check", **judge) -> tuple[int, dict, str]:
    """Run `audit judge check` on a scripted judge; return the exit code, judge.json and what was said on standard error."""
    with endpoint(say, fails=fails) as server:
        path = write_judge(tmp_path, server, **judge)
        rating = ["--sheets", rated(tmp_path / "people")] if sheets else []
        done = audit("judge", "check", path, "--out", tmp_path / out, *rating, *arguments, "--format", "json", **KEY)
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}, done.stderr
