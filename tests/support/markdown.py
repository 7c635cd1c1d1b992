"""Reads Markdown tables."""

from __future__ import annotations


def cells(markdown: str) -> list[list[str]]:
    """The rows of a Markdown table, the header first."""
    rows = [line.strip("|").split("|") for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if not set("".join(row)) <= set("-: ")]
