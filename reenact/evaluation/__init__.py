"""From trained networks and test sets to the paper's tables: predict first, then score what was predicted."""
