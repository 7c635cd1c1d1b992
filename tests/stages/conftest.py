from __future__ import annotations

from tests.support.finished import own, workspace

__all__ = ["own", "workspace"]
