"""Checks before, during and after a run, so that no result passes for what it is not."""
