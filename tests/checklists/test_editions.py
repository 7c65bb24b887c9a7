"""A newer edition of the questions: what it added, changed and retired is said, and no answer is lost."""

import msgspec

from audit.checklists import Checklist, changes, files_of, read_answers
from audit.checklists.files import read_tables
from audit.checklists.overlays import Retired
from tests.builders import a_criterion
from tests.checklists.lists import TODAY

OLD = Checklist("safe", "Safe", "2026-01", tuple(a_criterion(id=n, since="2026-01", edition="2026-01") for n in ("same", "moved", "gone")))
NEW = Checklist(
    "safe", "Safe", "2026-06", (
        a_criterion(id="same", since="2026-01", edition="2026-06"), a_criterion(id="moved", since="2026-01", revised="2026-06", edition="2026-06"),
        a_criterion(id="new", since="2026-06", edition="2026-06"),
    ), retired=(Retired("gone", "2026-06", "It was asked twice.", "new"),),
)


def answered_to_the_old(folder, kind):
    path = folder / f"old.{kind}"
    if kind == "toml":
        path.write_text("\n".join(f"[answers.{n}]\nanswer = 'yes'\nedition = '2026-01'" for n in ("same", "moved", "gone")), encoding="utf-8")
    else:
        path.write_text("criterion,answer,edition\n" + "\n".join(f"{n},yes,2026-01" for n in ("same", "moved", "gone")), encoding="utf-8")
    return path


def test_what_was_added_changed_and_retired_is_said(tmp_path):
    for kind in ("toml", "csv"):
        answered = read_answers(answered_to_the_old(tmp_path, kind), [NEW], TODAY)
        assert set(answered.answers) == {"same", "moved"}
        assert [(c.criterion, c.change, c.edition, c.answered) for c in changes([NEW], answered)] == [
            ("moved", "changed", "2026-06", "2026-01"), ("new", "added", "2026-06", ""), ("gone", "retired", "2026-06", "2026-01"),
        ]


def test_nothing_has_changed_for_answers_to_this_edition(tmp_path):
    answered = read_answers(answered_to_the_old(tmp_path, "toml"), [OLD], TODAY)
    assert changes([OLD], answered) == []
    assert changes([NEW], msgspec.structs.replace(answered, answers={})) == []


def test_an_answer_to_a_retired_question_is_kept_in_the_file(tmp_path):
    tables = read_tables(answered_to_the_old(tmp_path, "toml"))
    for kind in ("toml", "csv", "xlsx"):
        path = tmp_path / f"again.{kind}"
        for target, raw in files_of(path, [NEW], tables).items():
            target.write_bytes(raw)
        assert read_answers(path, [NEW], TODAY).retired["gone"].answer == "yes", kind
