from __future__ import annotations

import pytest

from reenact.workspace import Workspace
from tests.support.made_workspace import finished_workspace


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A finished workspace; tests do not write into it."""
    return finished_workspace(tmp_path_factory.getbasetemp())
