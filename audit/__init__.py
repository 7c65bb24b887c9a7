"""Whether an AI product treats students and teachers of different groups alike, with evidence."""

__version__ = "0.1.0"
