"""What the adapter `transcript` is made of: sheets for people, shared out, written, read back, and grown block by block."""
