"""The promises of the statistics, measured on stand-in tools whose gap is known: `python -m benchmarks.calibration`.

A cell (`cells.py`) is one kind of tool and audit: matched or sampled, decisions or scores, how many items, groups and
repeats, how replies go together, what is missing, how scores are shaped, how many attributes and measures, names. Each
is audited `--audits` times (2,000) for three tools: one alike for every group; one whose gap is exactly the policy's
margin; one whose gap a good test finds in about every second audit. All of an audit is the package's own code from
the columns of replies on; the stand-ins (`standins.py`) know the true difference of every comparison.

The first table holds the promises. Should be at most 0.05: `gap found` (any, in an audit of the tool that is alike; in
missing replies apart) and `cleared` (`within_margin` of a comparison whose true gap is the margin: against the
reference or the others, the larger share). Should be 0.935 to 0.965: `all 95%` (audits in which every 95% interval of
the family holds its truth; they are simultaneous, so `each 95%` is above that except where there is one comparison).
About 0.90: `each 90%`, the interval of the two one-sided tests. Coverage is of all three tools together. Where one
group's replies are missing more often, the tool is not alike in that: its `gap found in missing` is the power to see it.

The second table sets the package beside others on the same replies, as alarms on the tool that is alike / the planted
group found. `ours`: an adjusted p of at most 0.05, whatever the margin. `permutation`: a step-down max-T within items
(between items where sampled), written apart from the package in `peers.py`, as are the rest: the reference for power.
Its `pooled SD` form takes the variances of the groups to be equal: stronger for rates, and too bold where they differ.
`rows`: replies as if independent, unadjusted. `4/5`: of the rate, and of 1 − rate. `fairlearn`: its `difference_ci`
above 0. `items only`: the package told that a group's names are the group itself, so that items alone are random.
"""
