"""What is found in one file of the archive, named by its rules: users.role, users.email.required, users.sourcedId.twice."""

from dataclasses import dataclass, field

from audit.evidence.specimen import Problems


@dataclass
class Notes:
    """Where the checks of one file say what they find. sure: a breach is an error, and else (one source only) a warning.

    counts: what fills many rows and is said once, at the end: rule → rows and the first line.
    """

    problems: Problems
    name: str
    sure: bool = True
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def fault(self, rule: str, line: int, column: str, what: str, fix: str = "") -> None:
        """Note a breach of the standard."""
        say = self.problems.error if self.sure else self.problems.warning
        say(f"{self.name}.{rule}", self.where(line, column), what, fix)

    def warn(self, rule: str, line: int, column: str, what: str) -> None:
        """Note what the standard allows and a careful reader would ask about."""
        self.problems.warning(f"{self.name}.{rule}", self.where(line, column), what)

    def personal(self, line: int, column: str, what: str) -> None:
        """Note what looks like a real person's data."""
        self.problems.student_data(self.where(line, column), what)

    def count(self, rule: str, rows: int, line: int) -> None:
        """Add rows to what is said once at the end; line: the first of them."""
        before, first = self.counts.get(rule, (0, line))
        self.counts[rule] = before + rows, first

    def where(self, line: int, column: str) -> str:
        """Return the place: users.csv line 14, role."""
        return f"{self.name}.csv line {line:,}, {column}"
