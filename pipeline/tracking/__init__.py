"""Trainings and evaluations as MLflow runs: what is logged, the database that holds it, and models found by their run."""
