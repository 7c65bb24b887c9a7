"""`analyze`: disparities in decisions, scores or texts that someone already has."""

from pathlib import Path
from typing import Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, print_json

Table = Annotated[Path, typer.Argument(metavar="TABLE", help=".csv, .tsv, .jsonl or .parquet; one row a response", show_default=False)]
Group = Annotated[
    list[str], typer.Option("--group", metavar="COL", help="the group that a row belongs to; may be given again", show_default=False)
]
Decision = Annotated[str | None, typer.Option(metavar="COL", help="the outcome is a decision: true or false, or --positive", show_default=False)]
Score = Annotated[str | None, typer.Option(metavar="COL", help="the outcome is a number, in points or as a probability", show_default=False)]
Text = Annotated[str | None, typer.Option(metavar="COL", help="the outcome is a text: each measure of texts is compared", show_default=False)]
Measure = Annotated[
    list[str] | None,
    typer.Option("--measure", metavar="NAME", help="with --text: what to measure, each of which then decides (words and tone); see audit list measures",
                 show_default=False),
]
Truth = Annotated[str | None, typer.Option(metavar="COL", help="the right decision, or a person's score", show_default=False)]
Second = Annotated[
    str | None, typer.Option("--second-rater", metavar="COL", help="another person's score, beside --truth", show_default=False)
]
Item = Annotated[
    str | None,
    typer.Option(metavar="COL", help="what repeats (an essay, a student): rows that share it are not independent", show_default=False),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="COL", help="the name or word that stands for the group: verdicts then hold for others too", show_default=False),
]
By = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="COL", help="repeat for each value (each detector, each scorer), all tested together", show_default=False),
]
Reference = Annotated[
    list[str] | None,
    typer.Option("--reference", metavar="VALUE", help="the group to compare with, or COL=VALUE; all the others otherwise", show_default=False),
]
Positive = Annotated[str | None, typer.Option(metavar="VALUE", help="the decision that counts as selected (true, 1, yes)", show_default=False)]
PositiveWhen = Annotated[
    str | None, typer.Option("--positive-when", metavar="RULE", help='selected by a rule on a number, such as "> 0.5"', show_default=False)
]
Adverse = Annotated[bool, typer.Option("--adverse", help="being selected is to the person's disadvantage")]
Margin = Annotated[
    str | None,
    typer.Option(metavar="X", help='how large a difference may be: 0.05 or "5%" for rates, points or "0.1sd" for scores', show_default=False),
]
MarginFor = Annotated[
    list[str] | None,
    typer.Option("--margin-for", metavar="STATISTIC=X", help="the same for one statistic, which then decides", show_default=False),
]
Intersect = Annotated[bool, typer.Option("--intersect", help="compare the crossing of the group columns too")]
People = Annotated[bool, typer.Option("--people", help="rows are people: hide small cells")]
MinCell = Annotated[
    int | None, typer.Option("--min-cell", metavar="N", help="with --people: the smallest cell shown, 5 to 30 (10)", show_default=False)
]
StateFile = Annotated[
    Path | None, typer.Option("--state", metavar="FILE", help="the State's children: group,outcome,enrolled, for the alternate risk ratio", show_default=False)
]
CellSize = Annotated[
    int | None, typer.Option("--cell-size", metavar="N", help="with --state: the fewest with the outcome for a ratio (10)", show_default=False)
]
NSize = Annotated[int | None, typer.Option("--n-size", metavar="N", help="with --state: the fewest enrolled for a ratio (30)", show_default=False)]
Seed = Annotated[int, typer.Option(min=0, help="fixes the permutations")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="write results.json, tables/*.csv and request.json there", show_default=False)
]


def analyze(
    table: Table, group: Group, decision: Decision = None, score: Score = None, text: Text = None, measure: Measure = None,
    truth: Truth = None,
    second_rater: Second = None, item: Item = None, name: Name = None, by: By = None, reference: Reference = None,
    positive: Positive = None, positive_when: PositiveWhen = None, adverse: Adverse = False, margin: Margin = None,
    margin_for: MarginFor = None, intersect: Intersect = False, people: People = False, min_cell: MinCell = None,
    state: StateFile = None, cell_size: CellSize = None, n_size: NSize = None, seed: Seed = 1, out: Out = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Disparities in decisions, scores or texts that someone already has: a table, one row a response."""
    from audit import analysis
    from audit.cli.analysis_text import print_analysis

    request = analysis.make_request(
        table, groups=group, outcomes={"decision": decision, "score": score, "text": text}, truth=truth, second=second_rater,
        item=item, name=name, by=by or (), references=reference or (), positive=positive, positive_when=positive_when, adverse=adverse,
        margin=margin, margins=margin_for or (), intersect=intersect, people=people, min_cell=min_cell, state=state,
        cell_size=cell_size, n_size=n_size, seed=seed, measures=measure or (),
    )
    if out is not None:
        analysis.check_folder(out)
    found = analysis.analyze(request)
    if out is not None:
        analysis.write_folder(out, found)
        note(f"Written to {out}")
    if format is Format.JSON:
        print_json(found.results)
    else:
        print_analysis(found)
    raise typer.Exit(analysis.exit_code(found.results))
