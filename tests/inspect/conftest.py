from __future__ import annotations

from tests.support.reenactment import folder, models

__all__ = ["folder", "models"]
