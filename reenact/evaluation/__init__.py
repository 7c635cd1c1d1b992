"""From trained networks and test sets to the paper's tables. First predict, then score what was predicted."""
