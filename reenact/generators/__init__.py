"""Generators of portraits: one interface, a registry, and a folder or file each."""
