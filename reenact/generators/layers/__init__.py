"""Layers that several generators are built from."""
