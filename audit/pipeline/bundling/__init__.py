"""A scored run → a bundle: which files go in, what is kept back (private fixtures, secrets, machine paths), and how withheld sets are read again."""
