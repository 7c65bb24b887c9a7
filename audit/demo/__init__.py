"""The demonstration: real AI tools that Python packages ship, each audited by an ordinary plan."""
