"""Two audits of one tool: which items pair, what changed on paper, and a test of every change."""
