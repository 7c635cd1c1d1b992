"""Metrics, one a file. Every value that leaves this package carries the name of the backend that made it."""
