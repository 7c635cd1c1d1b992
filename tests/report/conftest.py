"""Tests of this folder read a finished workspace, some of them one with every metric."""

from tests.support.every_metric import every
from tests.support.finished import own, workspace

__all__ = ["every", "own", "workspace"]
