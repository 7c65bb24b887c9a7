"""The commands. One file a group: parse, call, print, exit; nothing else.

Heavy libraries load inside the commands that use them, so that `--help` and `list` answer at once.
"""

import sys
import traceback

import typer

from audit.cli import (
    adopt,
    analyze,
    answers,
    audits,
    bundle,
    compare,
    diff,
    due,
    evidence,
    fleet,
    interview,
    judge,
    keys,
    login,
    merge,
    publish,
    raters,
    registry,
    reply,
    samples,
    shelf,
    standing,
    start,
)
from audit.errors import AuditError
from audit.wording import one_line

_LONGEST_ERROR = 2_000
_FAULT = 70
"""The usual exit code of a program's own fault, so that no script takes it for a finding."""

app = typer.Typer(
    name="audit", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help=(
        "Tell, with evidence, whether an AI product treats students and teachers of different groups alike, "
        "and whether it is fit to buy.\n\n"
        "Exit codes: 0 done and every required criterion met; 1 something required is not met, or a gap is "
        "beyond its margin; 2 the input is wrong; 3 something required could not be assessed."
    ),
)
app.command("demo")(start.demo)
app.command("init")(start.init)
app.command("check")(audits.check)
app.command("login")(login.login)
app.command("collect")(audits.collect)
app.command("score")(audits.score)
app.command("run")(audits.run)
app.command("fleet")(fleet.fleet)
app.command("report")(audits.report)
app.command("compare")(compare.compare)
app.command("bundle")(bundle.bundle)
app.command("verify")(bundle.verify)
app.command("diff")(diff.diff)
app.command("merge")(merge.merge)
app.command("due")(due.due)
app.command("publish")(publish.publish)
app.command("analyze")(analyze.analyze)
app.command("adopt")(adopt.adopt)
app.command("reply")(reply.reply)
app.command("list")(shelf.list_)
shelf.fixtures.command("import")(samples.import_)
shelf.fixtures.command("map")(samples.map_)
answers.answers.command("fill")(interview.fill)
answers.answers.command("check")(standing.check)
app.add_typer(answers.answers, name="answers")
app.add_typer(evidence.evidence, name="evidence")
app.add_typer(shelf.fixtures, name="fixtures")
app.add_typer(raters.raters, name="raters")
app.add_typer(judge.judge, name="judge")
app.add_typer(keys.keys, name="keys")
app.add_typer(registry.registry, name="registry")


def main() -> None:
    """Run the command line; every AuditError is one line on standard error and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        sys.exit(app(standalone_mode=False))
    except AuditError as error:
        typer.echo(f"audit: {one_line(str(error), _LONGEST_ERROR)}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # the parser's own: an unknown option, say
            said = " ".join(error.format_message().split())
            typer.echo(f"audit: {said.rstrip('.')}. See audit --help.", err=True)
            sys.exit(2)
        traceback.print_exc()
        typer.echo("audit: this is a fault of audit, not of your input; please report the lines above.", err=True)
        sys.exit(_FAULT)
    except KeyboardInterrupt:
        typer.echo("audit: stopped. What was collected is kept; the same command goes on from here.", err=True)
        sys.exit(3)
