"""Do the replies differ at all? Texts → a classifier two-sample test, with the words and the replies that carry a difference."""

from audit.twosample.compare import compare_texts, settled
from audit.twosample.text import neutral

__all__ = ["compare_texts", "neutral", "settled"]
