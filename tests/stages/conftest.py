from __future__ import annotations

from tests.support.finished import own, workspace
from tests.support.scored_methods import exported, methods

__all__ = ["exported", "methods", "own", "workspace"]
