"""The three tables of an answers file, and their columns: answers, the register of evidence, the vendor's claims."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from audit.checklists.branches import condition_in_words
from audit.checklists.catalogue import Checklist
from audit.records import Answer, Claim, Criterion, Filed

GIVEN = ("answer", "evidence", "note", "by", "date")
"""What a person fills in; the other columns of the answers' table explain."""
ANSWERS = (
    "criterion", "question", *GIVEN, "kind", "what good looks like", "when it applies", "who answers", "required", "why", "evidence wanted",
    "edition", "origin",
)
EVIDENCE = ("file", "what", "kind", "issuer", "number", "version", "issued", "expires", "supplied by", "received", "confidential", "note")
CLAIMS = ("claim", "said in", "date", "by", "set", "attribute", "criterion", "note")
OWN_SHEETS = ("How to fill this in", "Choices")
HOW = """How to fill this in
1. One sheet for each of the five indicators. Answer in the column "answer": yes or no, one of the choices, a number, a date as 2026-11-21, or a text, as "kind" says.
2. In "evidence", name a file in the evidence folder, a web address, or the place in a document. Several: one on each line.
3. "not applicable" needs a reason in "note". What is left empty counts as not assessed, never as met.
4. A question that applies only to some products says so in "when it applies". Leave it empty where it does not apply: it then does not count.
5. Say who answered ("by") and when ("date"). Leave "criterion", "edition" and "origin" as they are.
6. The sheet "Evidence" says of each file what it is (agreement, certificate, report, export or other), who made it, its number and version, and from when until when it holds.
   "kind" there may stay empty: audit list evidence names the standards that a file is checked against.
7. The sheet "Claims" holds what the vendor says of its product, one sentence a row, and where it says so. It is shown beside what was measured."""


class Tables(Struct, frozen=True):
    """What an answers file holds, as written: ids in their order, rows that are empty left out. others: what is in it that is not ours."""

    answers: tuple[tuple[str, Answer], ...] = ()
    evidence: tuple[Filed, ...] = ()
    claims: tuple[Claim, ...] = ()
    others: tuple[str, ...] = ()


def by_id(answers: Iterable[tuple[str, Answer]]) -> dict[str, Answer]:
    """Return id → answer; an empty row never takes the place of an answer."""
    found: dict[str, Answer] = {}
    for name, answer in answers:
        if answer.answer.strip() or name not in found or not (found[name].answer.strip() or found[name].note.strip()):
            found[name] = answer
    return found


def answer_rows(checklist: Checklist, answers: Mapping[str, Answer], known: Mapping[str, Criterion]) -> list[dict[str, object]]:
    """Return one row a question that people answer, with what is answered already."""
    return [_answer_row(c, answers.get(c.id), known) for c in checklist.criteria if c.answer != "measured"]


def rows_no_longer_asked(lists: Sequence[Checklist], answers: Mapping[str, Answer]) -> list[dict[str, object]]:
    """Return the rows of answers to questions that are asked no more: nothing that was answered is lost."""
    asked = {c.id for one in lists for c in one.criteria}
    return [
        {name: getattr(answer, name) for name in (*GIVEN, "edition", "origin")} | {"criterion": name, "question": "(no longer asked)"}
        for name, answer in answers.items() if name not in asked
    ]


def _answer_row(c: Criterion, answer: Answer | None, known: Mapping[str, Criterion]) -> dict[str, object]:
    given = {name: getattr(answer, name) for name in GIVEN} if answer else {}
    return given | {
        "criterion": c.id, "question": c.question, "kind": kind_in_words(c), "what good looks like": good_in_words(c),
        "when it applies": condition_in_words(c, known), "who answers": c.answered_by, "required": "required" if c.required else "advisory",
        "why": c.why, "evidence wanted": c.evidence, "edition": (answer.edition if answer else "") or c.edition, "origin": answer.origin if answer else "",
    }


def kind_in_words(criterion: Criterion) -> str:
    """Return what can be answered."""
    kind = {"yes_no": "yes or no", "choice": "one of: " + "; ".join(criterion.choices), "number": f"number ({criterion.unit})",
            "date": "date", "text": "text", "file": "file"}[criterion.answer]
    return kind + (" (or not applicable, with a reason)" if criterion.not_applicable_ok else "")


def good_in_words(criterion: Criterion) -> str:
    """Return the rule that a good answer meets, and who set it."""
    good = "; or ".join(criterion.good) if isinstance(criterion.good, tuple) else criterion.good
    words = {"number": f"{good} {criterion.unit}".strip(), "date": f"a date {good}", "text": "anything that answers it", "file": "a file"}
    return words.get(criterion.answer, good) + (f" (set by {criterion.set_by})" if criterion.set_by else "")


def offered(criterion: Criterion) -> Sequence[str]:
    """Return what a drop-down offers; nothing where the answer is free."""
    own = {"yes_no": ("yes", "no"), "choice": criterion.choices}.get(criterion.answer, ())
    return (*own, "not applicable") if own and criterion.not_applicable_ok else own


def evidence_row(filed: Filed) -> dict[str, object]:
    """Return a row of the register."""
    return {column: getattr(filed, column.replace(" ", "_")) for column in EVIDENCE}


def claim_row(claim: Claim) -> dict[str, object]:
    """Return a row of the claims."""
    return {column: getattr(claim, column.replace(" ", "_")) for column in CLAIMS}
