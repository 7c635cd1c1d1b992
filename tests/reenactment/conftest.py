from __future__ import annotations

from tests.support.reenactment import faces, folder, models, reenactor

__all__ = ["faces", "folder", "models", "reenactor"]
