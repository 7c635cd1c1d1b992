"""The trained generators whose networks have levels: pictures are halved from one to the next, and parameters say how wide each is."""

from __future__ import annotations

from reenact.config.schema import Params
from reenact.generators.registry import trained


def with_levels() -> list[str]:
    """Their names."""
    return [name for name in trained() if wider(name)]


def wider(name: str) -> dict[str, object]:
    """Values of a generator's section that make the small network of the tests wider; none where it has no width."""
    values = {"width": 12, "widths": (12, 8, 16, 16)}
    return {key: value for key, value in values.items() if hasattr(getattr(Params(), name), key)}
