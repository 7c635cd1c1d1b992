"""What keeps Snakemake, DVC and hands from taking one result for another: checks before, during and after a run."""
