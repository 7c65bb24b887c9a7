"""A scripted writer with a habit for one group, and whether an audit names it. `python -m benchmarks.planted` prints docs/measures.md's table.

`sentences/`: what the writer says and what its habits say instead, written before the lists of words of audit/measures were looked at.
`grid.py`: which habit is planted in which set, for whom, and which measure should move which way. `writer.py` writes, `audits.py` audits.
"""
