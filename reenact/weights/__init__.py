"""The released networks, which come with the package: trained on rendered people alone. README.md beside this file is their model card."""

from __future__ import annotations

from pathlib import Path


def released(name: str) -> Path:
    """The model folder of the released network of that name: "ldnet" or the default generator's."""
    return Path(__file__).with_name(name)
