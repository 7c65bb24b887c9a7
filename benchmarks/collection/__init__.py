"""Collection beside a bare client loop and beside peers: python -m benchmarks.collection (see __main__.py)."""
