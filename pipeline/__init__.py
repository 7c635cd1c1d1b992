"""The workflow: where the library meets Snakemake (runs), DVC (versions) and MLflow (observes)."""
