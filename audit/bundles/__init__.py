"""One file with everything that a second party needs: packed, signed, opened, checked."""
