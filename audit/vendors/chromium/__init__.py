"""What the adapter `browser` is made of: Chromium found and started, pages given out, steps read and taken, a person's login."""
