"""What a verification comes to: one outcome, and one sentence in plain words."""

from typing import Literal

from audit.records.verification import Difference, PassedOn, Verification
from audit.wording import one_line

MARGINS = "that the margins were fixed before the first call"
Outcome = Literal["holds", "not_trusted", "differs", "altered", "not_recomputed"]
_MOST_KINDS = 12
_STANDINGS = {
    "unknown": "by a key that is not on the list", "expired": "by a key that had run out", "revoked": "by a key that was revoked",
    "not_yet": "on a day on which its key does not count yet", "wrong": "with a signature that does not fit", "trusted": "by a trusted key",
}


def outcome_of(found: Verification) -> Outcome:
    """Return the worst of what was found: altered, differs, not trusted, not recomputed; "holds" where there is none of these."""
    if found.altered:
        return "altered"
    if found.different or any(e.outcome == "differs" for e in found.evidence) or _altered_parts(found):
        return "differs"
    if any(s.standing == "wrong" for s in found.signers) or (found.keys_given and not any(s.standing == "trusted" for s in found.signers)):
        return "not_trusted"
    return "not_recomputed" if found.stopped else "holds"


def passed_on_in_words(said: PassedOn) -> str:
    """Return in one sentence why texts that seem to hold personal data may be passed on: its maker's word."""
    kinds = "; ".join(f"{one_line(kind, 60)} in {count:,} place{'' if count == 1 else 's'}" for kind, count in list(said.personal_data.items())[:_MOST_KINDS])
    why = one_line(said.because, 400)
    return f"Its maker passes on what seems to be personal data ({kinds or 'not said of which kind'}), {f'because: {why}' if why else 'and does not say why'}"


def exit_code(found: Verification) -> int:
    """Return 0 where everything holds, 3 where it could not be recomputed, 1 otherwise."""
    return {"holds": 0, "not_recomputed": 3}.get(found.outcome, 1)


def _altered_parts(found: Verification) -> list[str]:
    """Return what calls itself by the name of something that ships here, and is not it, though the version is the same."""
    same = "edtech-equity-audit" not in found.made_with and "edtech-equity-audit" not in found.here_with
    return [f"{s.what} {s.edition}" for s in found.shipped if s.standing == "altered"] if same else []


def in_one_sentence(found: Verification) -> str:
    """Return what a person should know of a verification, whatever else was found."""
    if found.outcome == "altered":
        more = f" and {len(found.altered) - 1} more" if len(found.altered) > 1 else ""
        return f"This bundle was altered after it was made ({one_line(found.altered[0])}{more}), so nothing in it can be relied on: ask its maker for it again."
    if found.outcome == "differs":
        return f"This bundle does not hold: {_differing(found)}{_other_versions(found)}."
    if found.outcome == "not_recomputed":
        return f"The files of this bundle are whole, but its numbers could not be recomputed: {found.stopped.rstrip('.')}."
    start = (
        f"All {found.compared:,} numbers and words of this audit that were compared follow from the journal, answers and policy in the bundle" if not found.stopped
        else f"Its numbers could not be recomputed ({found.stopped.rstrip('.')})"
    )
    return f"{start}{_withheld(found)}; {_signed(found)}."


def _differing(found: Verification) -> str:
    if found.different:
        first = found.differences[0]
        several = f"{found.different:,} values of {found.compared:,} are" if found.different > 1 else "one value is"
        return f"{several} not what follows from its own journal, answers and policy, first {in_words(first)}"
    if parts := _altered_parts(found):
        return f"{parts[0]} is not what ships under that name, so the audit was judged by other rules than it says"
    file = next(e for e in found.evidence if e.outcome == "differs")
    return f"the evidence file {file.file} does not check as the audit says ({file.because})"


def in_words(one: Difference) -> str:
    """Return one difference: where, was, is, by how much."""
    place = f"{one.file} {one.path}".strip()
    if one.kind == "only_stated":
        return f"{place}, which is in the bundle and does not follow from it"
    if one.kind == "only_recomputed":
        return f"{place}, which is missing from the bundle"
    if one.kind == "order":
        return f"{place}, which is in another order"
    if one.was is None and isinstance(one.now, str) and one.by is None:
        return f"{place}: {one_line(one.now, 120)}"
    return f"{place}, which says {one_line(one.was, 120)} and is {one_line(one.now, 120)}{_by(one)}"


def _by(one: Difference) -> str:
    if one.by is None:
        return ""
    return f" ({one.by:+g} days)" if isinstance(one.was, str) else f" ({one.by:+.4g})"


def _other_versions(found: Verification) -> str:
    names = sorted(found.made_with.keys() | found.here_with.keys())
    if not names:
        return ""
    told = ", ".join(f"{n} {found.made_with.get(n, 'none')} there and {found.here_with.get(n, 'none')} here" for n in names[:3])
    return f"; it was made with other versions ({told}{', …' if len(names) > 3 else ''}), which may be why"  # noqa: PLR2004 - a few are enough


def _withheld(found: Verification) -> str:
    private = any("private" in one.because for one in found.not_recomputed)
    late = any(one.what == MARGINS for one in found.not_recomputed)
    said = ", as far as private texts that its maker withholds allow" if private else ""
    return f"{said}; that its margins were fixed before the first call is not shown" if late else said


def _signed(found: Verification) -> str:
    if not found.signers:
        return "nobody signed it" if found.keys_given else "nobody signed it, so it shows what follows from the files and not whose they are"
    wrong = next((s for s in found.signers if s.standing == "wrong"), None)
    best = wrong or next((s for s in found.signers if s.standing == "trusted"), found.signers[0])
    name = one_line(best.name) or "somebody"
    if best.standing == "trusted":
        return f"{name} signed it, by a trusted key"
    if not found.keys_given and best.standing == "unknown":
        return f"it is signed by a key that calls itself {name}, which was held against no list of trusted keys"
    return f"but it is signed {_STANDINGS[best.standing]}" + (f", which calls itself {name}" if best.standing == "unknown" else f" ({name})")
