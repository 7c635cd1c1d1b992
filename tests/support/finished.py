"""The fixtures of tests that read a finished workspace; a folder's conftest imports them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reenact.workspace import Workspace
from tests.support.made_workspace import finished_workspace
from tests.support.second_generator import papers_own


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A finished workspace; tests do not write into it."""
    with papers_own():
        return finished_workspace(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module", autouse=True)
def own() -> Iterator[None]:
    """These tests spell out rows and columns: a further generator or metric is not among them."""
    with papers_own():
        yield
