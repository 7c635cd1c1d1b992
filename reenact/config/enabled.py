"""Whether the parameters enable a generator: the key `enabled` of its section."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reenact.config.schema import Params


def is_enabled(params: Params, generator: str) -> bool:
    """Whether the generator of this name stands in the tables, and is trained for that.

    One that is not trained may do without a section of the parameters, or without the key in it. It is then enabled.
    """
    return getattr(getattr(params, generator, None), "enabled", True)
