"""The cells that are measured: each dimension is varied by itself, and the hard corners together."""

import msgspec

from benchmarks.calibration.standins import Cell

_DESIGNS = {
    "matched, own effects": {"design": "matched", "shared": 0.0},
    "matched, shared effects": {"design": "matched", "shared": 1.0},
    "sampled": {"design": "sampled"},
}
_UNEQUAL = (1.0, 0.25, 0.25, 0.25)
"""The reference is four times as large as each other group."""
_SMALL_REFERENCE = (0.25, 0.25, 0.25, 1.0)


def _grid() -> list[Cell]:
    """Designs × sizes × rates, and scores: 6 groups, 3 repeats, ICC 0.5."""
    found = []
    for name, design in _DESIGNS.items():
        for items in (20, 60, 200):
            rates = {20: (0.02, 0.2), 60: (0.02, 0.2, 0.5), 200: (0.2,)}[items]
            found += [_cell(f"{name}: decision, rate {rate}, {items} items", items=items, rate=rate, **design) for rate in rates]
            found.append(_cell(f"{name}: score, {items} items", outcome="score", items=items, **design))
    return found


def _cell(name: str, **fields: object) -> Cell:
    return msgspec.convert({"name": name, **fields}, Cell)


def _varied() -> list[Cell]:
    """One dimension at a time, about 60 items."""
    return [
        _cell("matched: decision, rate 0.98", rate=0.98),
        _cell("matched: decision, 2 groups", groups=2, shared=0.5),
        _cell("matched: score, 2 groups", outcome="score", groups=2, shared=0.5),
        _cell("sampled: decision, 2 groups", design="sampled", groups=2),
        _cell("sampled: score, 2 groups, 20 items", design="sampled", outcome="score", groups=2, items=20),
        _cell("matched: decision, 2 groups, rate 0.02, 20 items", groups=2, rate=0.02, items=20),
        _cell("matched: decision, 8 groups", groups=8, shared=0.5),
        _cell("matched: decision, ICC 0", icc=0.0),
        _cell("matched: decision, ICC 0.8", icc=0.8, shared=0.5),
        _cell("sampled: decision, ICC 0.8", design="sampled", icc=0.8),
        _cell("matched: decision, 1 repeat", repeats=1, shared=0.5),
    ]


def _skewed() -> list[Cell]:
    return [
        _cell("matched: exponential, 20 items", outcome="score", shape="exponential", items=20),
        _cell("matched: lognormal, 60 items", outcome="score", shape="lognormal"),
        _cell("sampled: exponential, 20 items", design="sampled", outcome="score", shape="exponential", items=20),
        _cell("sampled: lognormal, 60 items", design="sampled", outcome="score", shape="lognormal"),
        _cell("matched: rubric of 1 to 6, 20 items", outcome="score", shape="rubric", items=20, shared=0.5),
        _cell("sampled: rubric of 1 to 6, 60 items", design="sampled", outcome="score", shape="rubric"),
    ]


def _unequal() -> list[Cell]:
    return [
        _cell("sampled: decision, reference 4 times as large", design="sampled", groups=4, items=80, sizes=_UNEQUAL),
        _cell("sampled: decision, reference small", design="sampled", groups=4, items=80, sizes=_SMALL_REFERENCE),
        _cell("sampled: score, reference 4 times as large", design="sampled", outcome="score", groups=4, items=80, sizes=_UNEQUAL),
        _cell("sampled: lognormal, unequal", design="sampled", outcome="score", shape="lognormal", groups=4, items=80, sizes=_UNEQUAL),
        _cell("sampled: score, small group of twice the SD", design="sampled", outcome="score", groups=4, items=80, sizes=_UNEQUAL, spread=2.0),
        _cell("matched: score, one group of twice the SD", outcome="score", spread=2.0),
    ]


def _missing() -> list[Cell]:
    found = []
    for name, missing in (("10% missing at random", (0.1, 0.1)), ("25% missing in one group, 5% else", (0.05, 0.25))):
        found += [
            _cell(f"matched: decision, {name}", shared=0.5, missing=missing),
            _cell(f"matched: score, {name}", outcome="score", shared=0.5, missing=missing),
            _cell(f"sampled: decision, {name}", design="sampled", missing=missing),
        ]
    return found


def _together() -> list[Cell]:
    return [
        _cell("matched: decision, 4 × 3 groups of two attributes", groups=4, second=3),
        _cell("sampled: decision, 4 × 3 groups of two attributes", design="sampled", groups=4, second=3),
        _cell("matched: 5 measures of a text", outcome="score", measures=5, groups=4, shared=0.5),
        _cell("sampled: 5 measures of a text", design="sampled", outcome="score", measures=5, groups=4),
        _cell("matched: 5 measures, 4 × 2 groups of two attributes", outcome="score", measures=5, groups=4, second=2, shared=0.5),
        _cell("matched: decision, 6 items a template", items=120, template=6, groups=4),
        _cell("matched: score, 6 items a template", outcome="score", items=120, template=6, groups=4),
    ]


def _names() -> list[Cell]:
    return [
        _cell("names: decision, 12 a group, 60 items", groups=4, shared=1.0, names=12),
        _cell("names: score, 12 a group, 240 items", outcome="score", groups=4, shared=1.0, names=12, items=240),
        _cell("names: decision, 24 a group, 240 items", groups=4, shared=1.0, names=24, items=240),
        _cell("names: score, 5 a group, 60 items", outcome="score", groups=4, shared=1.0, names=5),
    ]


CELLS = (*_grid(), *_varied(), *_skewed(), *_unequal(), *_missing(), *_together(), *_names())
SHORT = tuple(
    _cell(f"short: {c['name']}", **{k: v for k, v in c.items() if k != "name"}) for c in (
        {"name": "matched decision", "groups": 4, "shared": 1.0},
        {"name": "matched rare decision", "groups": 3, "rate": 0.02},
        {"name": "matched score", "outcome": "score", "groups": 4, "items": 30, "shared": 0.5},
        {"name": "sampled decision", "design": "sampled", "groups": 4, "items": 80, "sizes": _UNEQUAL},
        {"name": "sampled skewed", "design": "sampled", "outcome": "score", "shape": "exponential", "groups": 3, "items": 30},
        {"name": "two groups", "outcome": "score", "groups": 2, "items": 40},
        {"name": "two attributes", "groups": 3, "second": 2, "items": 40, "missing": (0.1, 0.1)},
        {"name": "names", "outcome": "score", "groups": 3, "names": 12, "items": 48, "shared": 1.0},
    )
)
"""The cells of the test suite: small, and one of each kind."""
