"""Generators of portraits: one interface, a registry, and a folder for each."""
