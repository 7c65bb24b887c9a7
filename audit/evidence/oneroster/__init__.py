"""OneRoster CSV archives: CSV Tables 1.1.1 and CSV Binding 1.2.1 (1EdTech, both 22 August 2023).

    tables    every file's columns, words and references    manifest  manifest.csv, and which files came
    rows      CSV in blocks, with its faults and lines      cells     required values, words, dates, lists
    keys      identifiers twice, references to nothing      personal  what looks like real people, and what nobody needs
    archive   the whole zip in order, within bounded memory

Where the two documents could not be read and only one independent implementation shows a rule, a breach is a warning.
"""

from audit.evidence.oneroster.archive import check, recognises

__all__ = ["check", "recognises"]
