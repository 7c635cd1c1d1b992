"""Tests of this folder read a finished workspace."""

from tests.support.finished import own, workspace

__all__ = ["own", "workspace"]
