"""Anybody's bundle → what holds and what differs: scored again within bounds, compared value by value, and said in one sentence."""
