"""Balance of praise and critique, from -1 (critique only) to 1 (praise only)."""

from audit.measures.critique import criticizes
from audit.measures.praise import praises
from audit.measures.reading import Asked
from audit.measures.tokens import read
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return (praise − critique) / (praise + critique), in sentences; one with both counts on both sides.

    0 where there is neither: such a reply leans to no side, and dropping it would compare other replies than the measures of
    praise and of critique do. Raises Unreadable as `tokens.read` does.
    """
    sentences = read(output).sentences
    praise, critique = sum(map(praises, sentences)), sum(map(criticizes, sentences))
    return (praise - critique) / (praise + critique) if praise + critique else 0.0
