"""Trainings and evaluations as MLflow runs: what is logged, the database it lies in, and models found by their run."""
