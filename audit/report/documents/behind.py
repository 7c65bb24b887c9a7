"""What stands behind the report: the design and what it could not have shown, what only describes, and where everything comes from."""

from collections.abc import Mapping, Sequence
from typing import Any

from audit.records import Disparity, FixtureSet, Scorecard
from audit.report.blocks import Block, Facts, Heading, Inline, Paragraph, Runs, Strong, Table
from audit.report.documents.parts import Sets, attribute_name, count, difference, english, group_name, interval, runs, size, slug
from audit.report.documents.sentences import about_attribute, statistic_name, turns_sentence
from audit.report.words import Words
from audit.wording import OTHERS

_MOST_EXPLORED = 60
_MOST_LIMITS = 150


def limits_blocks(card: Scorecard, sets: Sets, w: Words, taken: set[str]) -> list[Block]:
    """Return what each set is for and cannot show, the smallest difference that would have been found, and what only describes."""
    blocks: list[Block] = [Heading(2, w("The design, and what it could not have shown"), slug("limits", taken))]
    for name, fixture_set in sets.items():
        blocks += [Heading(3, w.plain(fixture_set.title), slug(f"design-{name}", taken)), *_design(card, fixture_set, w)]
    judged = [d for d in card.disparities if _is_limit(d, sets)]
    if judged:
        blocks.append(_limits_table(judged, sets, w))
    return [*blocks, *_exploratory(card, sets, w, taken)]


def _is_limit(d: Disparity, sets: Sets) -> bool:
    if d.family != "confirmatory" or d.set not in sets:
        return False
    return d.reference != OTHERS or sets[d.set].attributes[d.attribute].reference is None


def _design(card: Scorecard, fixture_set: FixtureSet, w: Words) -> list[Block]:
    about = card.provenance.get("fixtures", {}).get(fixture_set.id, {})
    said: list[Inline] = [w("Matched: each item in every group's guise.") if fixture_set.design == "matched" else w("Sampled: other items in each group.")]
    if "items" in about:
        said.append(w("Base items: {items}. Each was asked this many times: {repeats}.", items=about["items"], repeats=card.provenance.get("repeats", 1)))
    if fixture_set.turns:
        said.append(turns_sentence(fixture_set, w))
    validity = fixture_set.validity
    blocks: list[Block] = [Paragraph(runs(*said, w.data(validity.intended_use)))]
    if validity.cannot_show:
        blocks.append(Paragraph(runs(Strong(w("It cannot show:")), w.data(validity.cannot_show))))
    if validity.not_validated:
        blocks.append(Paragraph(runs(Strong(w("Not checked by people yet:")), w.data(validity.not_validated))))
    return blocks


def _limits_table(judged: Sequence[Disparity], sets: Sets, w: Words) -> Table:
    caption = w("The smallest difference that this audit would have found in 4 of 5 cases")
    if len(judged) > _MOST_LIMITS:
        caption = w("{caption} (the first {shown} of {all}; all are in tables/disparities.csv)", caption=caption, shown=_MOST_LIMITS, all=len(judged))
    return Table(
        caption=caption, numbers=(3, 4, 5, 6),
        head=(w("Set and attribute"), w("Group"), w("Statistic"), w("Smallest"), w("Margin"), w("Base items now"), w("Items for a verdict")),
        rows=tuple(_limit(d, sets[d.set], w) for d in judged[:_MOST_LIMITS]),
    )


def _limit(d: Disparity, own: FixtureSet, w: Words) -> tuple[Runs, ...]:
    needed = f"{d.items_needed:,}" if d.items_needed else w("settled") if d.outcome in ("gap_found", "within_margin") else "–"
    return (
        (about_attribute(own, d.attribute, w),), (group_name(own, d.attribute, d.group, w),), (statistic_name(d, own, w),),
        (size(d.detectable, d.unit, w),), (size(d.margin, d.unit, w),), (count(d.items, w),), (needed,),
    )


def _exploratory(card: Scorecard, sets: Sets, w: Words, taken: set[str]) -> list[Block]:
    """Return what only describes, the most remarkable first, so many that a page can hold them."""
    every = [d for d in card.disparities if d.family == "exploratory" and d.set in sets]
    shown = every if len(every) <= _MOST_EXPLORED else sorted(every, key=lambda d: 1.0 if d.p_adjusted is None else d.p_adjusted)[:_MOST_EXPLORED]
    if not shown:
        return []
    said: list[Inline] = [w(
        "These describe; they decide nothing (Benjamini-Hochberg, not the family above). Ratios are shown on both sides, because the four-fifths rule of"
        " thumb can answer differently on each.")]
    if len(every) > len(shown):
        said.append(w(
            "Of {all} such comparisons the {shown} with the smallest adjusted p-values are here; all are in tables/disparities.csv.", all=f"{len(every):,}", shown=len(shown)))
    return [
        Heading(3, w("For exploration only"), slug("explore", taken)), Paragraph(runs(*said)),
        Table(
            caption=w("Comparisons that only describe"), head=(w("Statistic"), w("Group"), w("Against"), w("Value"), w("95% interval")), numbers=(3, 4),
            rows=tuple(_explored(d, sets[d.set], w) for d in shown),
        ),
    ]


def _explored(d: Disparity, own: FixtureSet, w: Words) -> tuple[Runs, ...]:
    what = w("{attribute}: {what}", attribute=attribute_name(own, d.attribute, w), what=statistic_name(d, own, w))
    return (
        (what,), (group_name(own, d.attribute, d.group, w),), (group_name(own, d.attribute, d.reference, w),),
        (difference(d.estimate, d.unit, w),), (interval(d.low, d.high, d.unit, w),),
    )


def provenance_blocks(card: Scorecard, w: Words) -> list[Block]:
    """Return when, with what and from which files the audit was made, for the foot of the report."""
    p = card.provenance
    pairs: list[tuple[str, Runs]] = [*_taken_over(p, w), *_collected(p, w)]
    pairs += [(w("Language model as a judge"), (_judge(one, w),)) for one in p.get("judges", ())]
    pairs += [
        (w("Fixture set"), (w("{id}, edition {edition}, {licence}, SHA-256 {digest}", id=name, edition=one.get("edition", ""), licence=one.get("licence", ""),
                              digest=one.get("digest", "")),))
        for name, one in p.get("fixtures", {}).items()
    ]
    scanned = p.get("personal_data", {})
    if scanned.get("scanned"):
        pairs.append((w("Personal data"), _scanned(scanned, w)))
    if "policy" in p:
        pairs.append((w("Policy"), (w("{id}, edition {edition}, SHA-256 {digest}", **{k: p["policy"].get(k, "") for k in ("id", "edition", "digest")}),)))
    pairs += [
        (w("Checklists"), (_pairs(p.get("checklists", {})) or w("none used"),)), (w("Versions"), (_pairs(p.get("versions", {})) or w("not stated"),)),
    ]
    return [Heading(2, w("Provenance"), "provenance"), Facts(tuple(pairs)), Paragraph((w(
        "This page reports measured differences between groups for one version of one tool on the probes named above. It is no legal opinion. All students,"
        " names and work samples in the shipped fixture sets are invented."),), "soft")]


def _taken_over(p: Mapping[str, Any], w: Words) -> list[tuple[str, Runs]]:
    """Return which audit this was before it was taken over, and which margins are others than were fixed before its first call."""
    origin = p.get("adopted_from")
    if not isinstance(origin, dict):
        return []
    late = [(str(m["statistic"]), *(w("none") if one is None else f"{one['value']:g} {one['unit']}" for one in (m["before"], m["after"]))) for m in origin["late_margins"]]
    told = w("{organisation}, as of {date}; SHA-256 {digest}; policy {policy}", organisation=str(origin["organisation"]) or w("not stated"), date=origin["as_of"],
             digest=origin["digest"], policy=origin["policy"])
    signed = [(w("Signed by"), (", ".join(f"{s['name'] or s['key'][:16]} ({s['standing']})" for s in origin["signers"]),))] if origin["signers"] else []
    changed = [w("{statistic}: {now}, instead of {before}", statistic=name, before=before, now=now) for name, before, now in late]
    return [(w("Taken over from"), (told,)), *signed, *([(w("Margins chosen later"), ("; ".join(changed),))] if changed else [])]


def _collected(p: Mapping[str, Any], w: Words) -> list[tuple[str, Runs]]:
    pairs: list[tuple[str, Runs]] = []
    if "calls" in p:
        pairs.append((w("Collected"), (w(
            "{start} to {end}; calls: {calls}; replies: {replies}; failures: {failures}; adapter {adapter}", start=p.get("collected_from"),
            end=p.get("collected_to"), calls=p["calls"], replies=p.get("replies"), failures=p.get("failures"), adapter=p.get("adapter")),)))
    if p.get("models"):
        pairs.append((w("Model named in the replies"), (", ".join(map(str, p["models"])),)))
    if p.get("drift"):
        pairs.append((w("Change while it was asked"), (english(" ".join(map(str, p["drift"])), w),)))
    elif p.get("drift_tests"):
        pairs.append((w("Change while it was asked"), (w("None was shown: no measure moved from the first reply to the last, and the replies name no second version."),)))
    if "collection" in p:
        pairs.append((w("Fixed before the first call"), (w("collection {collection}; seed {seed}", collection=p["collection"], seed=p.get("seed")),)))
    return pairs


def _judge(j: Mapping[str, Any], w: Words) -> str:
    """Return what a language model judged, which model, whether it decides, and how it was examined."""
    said = [w("{measure}: {title}.", measure=j["measure"], title=str(j["title"]).rstrip(".")), w("Model: {model}.", model=j["model"])]
    if j.get("models"):
        said.append(w("By its answers: {models}.", models=", ".join(map(str, j["models"]))))
    said.append(w("Asked {start} to {end}.", start=j["asked_from"], end=j["asked_to"]))
    said.append(w("It decides, because {reason}.", reason=j["because"]) if j.get("decides") else w("It only describes, because {reason}.", reason=j["because"]))
    checked = j.get("checked")
    if checked:
        said.append(w("Examined on {date}; its own gap: {outcome}.", date=checked["date"], outcome=str(checked["own_gap"]["outcome"]).replace("_", " ")))
        agreed = checked.get("agreement")
        if agreed and agreed.get("value") is not None:
            said.append(w("Agreement with people: {value} ({low} to {high}).", **{k: f"{agreed[k]:.2f}" for k in ("value", "low", "high")}))
    return " ".join([*said, w("SHA-256 {digest}", digest=j["digest"])])


def _scanned(found: Mapping[str, Any], w: Words) -> Runs:
    said: list[Inline] = [w("The texts of these sets were scanned before anything was sent: {sets}.", sets=", ".join(map(str, found["scanned"])))]
    said += [w("Found: {kind}, in this many items: {n}.", kind=w.plain(str(kind)), n=n) for kind, n in (found.get("found") or {}).items()] or [w("Nothing was found.")]
    if found.get("sent_because"):
        said += [w("The plan lets personal data be sent, because:"), english(str(found["sent_because"]), w)]
    return runs(*said, w("A scan cannot find every name."))


def _pairs(named: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in named.items())
