"""What can go wrong, and what the person should do next.

    AuditError              the input is wrong: one line, exit code 2, nothing is written
    ├── PlanError           plan.toml, its policy file or its environment
    ├── FixtureError        a fixture set
    ├── ConnectionSetupError  the [connect] section: an adapter that cannot start as written
    ├── WorksheetError      a worksheet that people fill by pasting
    ├── RunFolderError      a run folder or its journal
    ├── BundleError         a bundle, its signatures or a list of keys
    ├── RegistryError       a vetted list: its folder, a tool's record, its index
    ├── FleetError          a list of plans, or the cluster that is to run them
    ├── TableError          a table to analyze, or the options that say how to read it
    └── ChecklistError      a checklist, its answers or an evidence file
    Unfinished              done or stopped, but something could not be assessed: exit code 3

What a tool under audit does wrong is no error of ours: it is a recorded failure (`records.Failure`).
"""


class AuditError(Exception):
    """The input is wrong. Says what, where, and what to do, in one line; the exit code is 2."""

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        self.what = what
        self.where = where
        self.fix = fix
        super().__init__(what)

    def __str__(self) -> str:
        """Return `where: what. fix` on one line, whatever line breaks the parts hold."""
        start = f"{self.where}: " if self.where else ""
        end = f" {self.fix}" if self.fix else ""
        sentence = self.what if self.what.endswith((".", "?", "!")) else f"{self.what}."
        return " ".join(f"{start}{sentence}{end}".split())


class PlanError(AuditError):
    """The plan, its policy file or an environment variable it names is wrong."""


class FixtureError(AuditError):
    """A fixture set is unknown, unreadable or not fit to be asked."""


class ConnectionSetupError(AuditError):
    """The `[connect]` section names something that cannot be started as written."""


class WorksheetError(AuditError):
    """A worksheet does not belong to this plan, or its rows contradict each other."""


class RunFolderError(AuditError):
    """A run folder belongs to another plan or a newer version, or is damaged or in use."""


class BundleError(AuditError):
    """A bundle, a signature, a key or a list of trusted keys is wrong."""


class RegistryError(AuditError):
    """The folder of a vetted list, a tool's record in it or its index is wrong."""


class FleetError(AuditError):
    """A list of plans cannot be run together, or a cluster cannot run them."""


class TableError(AuditError):
    """A table cannot be read, or does not hold what the options say."""


class ChecklistError(AuditError):
    """A checklist, an answer or an evidence file is wrong."""


class Unfinished(AuditError):
    """Done as far as possible; something required is still open. What was collected is kept."""

    exit_code = 3
