"""Tests of this folder read a finished workspace."""

from tests.support.finished import own, workspace
from tests.support.made_results import whole_results

__all__ = ["own", "whole_results", "workspace"]
