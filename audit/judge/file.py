"""`judge.toml`: which model is asked which question about texts, on which scale, and when it is good enough to count."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from audit import collect, vendors
from audit.errors import PlanError
from audit.judge.prompt import TEMPLATES
from audit.library import convert, read_toml
from audit.masking import without_secrets
from audit.plan import BudgetSection, Connect, Text, digest, read_connect, secrets_in
from audit.policy import Share

_ADAPTER = "chat"
_UNUSED = ("positive", "positive_when")
_ROUNDING = 1e-6
_OWN_GAP = 0.05
_IDENTITY = ("base_url", "model", "system", "temperature", "seed", "max_tokens", "json_schema")
_ASKED = ("question", "scale", "anchors", "step", "mode", "repeats")

Mode = Literal["single", "pair"]


class JudgeSection(Struct, frozen=True, forbid_unknown_fields=True):
    """The question and its scale; anchors: what the two ends mean. step: the distance of two neighbouring scores, 0 for any number.

    In mode "pair" the low end means the first text, the high end the second. pairs: a shipped kind of planted pairs, or a
    file. neutral: the set of neutral replies, a shipped name or a folder.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    title: Text
    question: Text
    scale: tuple[float, float]
    anchors: tuple[Text, Text]
    unit: Text = "points"
    step: Annotated[float, Meta(ge=0)] = 1.0
    mode: Mode = "single"
    repeats: Annotated[int, Meta(ge=1, le=20)] = 2
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 20261122
    pairs: Text | None = None
    neutral: Text = "judge-neutral"


class Usable(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of a judge before its scores count.

    agreement: the least that the lower end of agreement's interval may be. own_gap: in points of the scale; 5% of its width
    where it is not given. readable: the least share of answers that hold a score. ordered: the share of planted pairs that must
    be in the right order, beyond doubt.
    """

    agreement: Share = 0.60
    own_gap: Annotated[float, Meta(gt=0)] | None = None
    readable: Share = 0.90
    ordered: Share = 0.50


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    judge: JudgeSection
    connect: dict[str, Any]
    usable: Usable = Usable()
    budget: BudgetSection = BudgetSection()


class Judge(Struct, frozen=True):
    """A judge that was read and checked; nothing has been asked. `written` is the file's table, `base` its folder."""

    path: Path
    base: Path
    written: dict[str, Any]
    about: JudgeSection
    connect: Connect
    usable: Usable
    budget: BudgetSection

    @property
    def measure(self) -> str:
        """The name of the measure that its scores are."""
        return f"judge_{self.about.id}"

    @property
    def model(self) -> str:
        """The model that is asked for."""
        return str(self.connect.settings["model"])

    @property
    def digest(self) -> str:
        """SHA-256 of what makes its scores comparable: model, address and settings, prompt, question, scale, mode and repeats."""
        asked = {key: getattr(self.about, key) for key in _ASKED}
        model = {key: self.written["connect"].get(key) for key in _IDENTITY}
        return digest({"asked": asked, "model": without_secrets(model), "prompt": TEMPLATES[self.about.mode]})

    @property
    def middle(self) -> float:
        """The middle of the scale: in mode "pair", no difference."""
        return (self.about.scale[0] + self.about.scale[1]) / 2

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and highest value of the measure: the scale, or in mode "pair" the difference of two texts."""
        low, high = self.about.scale
        return (low, high) if self.about.mode == "single" else (low - self.middle, high - self.middle)

    @property
    def own_gap(self) -> float:
        """The margin of the judge's own gap, in points."""
        low, high = self.about.scale
        return self.usable.own_gap or _OWN_GAP * (high - low)

    @property
    def unit(self) -> float:
        """The smallest difference that is one, in points."""
        low, high = self.about.scale
        return self.about.step or (high - low) / 10

    def secrets(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return secret value → what stands in its place."""
        return secrets_in(self.written["connect"], environ)

    def kept(self) -> dict[str, Any]:
        """Return the table as a folder may keep it, without secrets."""
        return self.written | {"connect": without_secrets(self.written["connect"])}


def read_judge(path: Path, environ: Mapping[str, str] | None) -> Judge:
    """Return the judge at `path`; `environ` fills `${NAME}` in [connect] (None: leave it, to score what was answered).

    Raises PlanError: no file, broken TOML, an unknown or missing key, an unset variable, a scale that its step does not divide.
    """
    where = str(path)
    written = read_toml(path, PlanError, "judge")
    if isinstance(written.get("connect"), dict):
        written["connect"] = {"adapter": _ADAPTER} | written["connect"]
    file = convert(written, _File, PlanError, where)
    _check(file, where)
    connect = read_connect(file.connect, environ, where)
    vendors.check_settings(connect, where)
    collect.parse_rate(connect.rate)
    return Judge(path, path.resolve().parent, msgspec.to_builtins(written), file.judge, connect, file.usable, file.budget)


def _check(file: _File, where: str) -> None:
    if file.connect["adapter"] != _ADAPTER:
        raise PlanError(f"connect.adapter = {file.connect['adapter']!r}: a judge is asked by chat", where=where, fix="Leave the line out.")
    for key in _UNUSED:
        if key in file.connect:
            raise PlanError(f"connect.{key} is for decisions; a judge gives a score", where=where, fix="Leave the line out.")
    low, high = file.judge.scale
    if not (low < high and high - low < float("inf")):
        raise PlanError(f"judge.scale = [{low:g}, {high:g}] is no scale", where=where, fix="Write [lowest, highest].")
    steps = (high - low) / file.judge.step if file.judge.step else 1.0
    if abs(steps - round(steps)) > _ROUNDING or round(steps) < 1:
        raise PlanError(
            f"judge.step = {file.judge.step:g} does not lead from {low:g} to {high:g}", where=where, fix="Use step = 0 for any number on the scale.",
        )
