"""The fixtures of tests that score somebody else's methods; a folder's conftest imports them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reenact.stages.export import export
from tests.support.made_workspace import PARAMS
from tests.support.piecewise_warp import reenact_exported


@pytest.fixture(scope="session")
def exported(workspace, tmp_path_factory) -> dict[str, Path]:
    """SelfTest and CrossTest as folders; tests do not write into them."""
    folder = tmp_path_factory.mktemp("exported")
    for kind in ("selftest", "crosstest"):
        export(PARAMS, workspace, kind, folder / kind)
    return {kind: folder / kind for kind in ("selftest", "crosstest")}


@pytest.fixture(scope="session")
def methods(exported, tmp_path_factory) -> dict[str, Path]:
    """`affine`, a tool that is not ours, and `truth`, the driving frames themselves; each with a folder for either test set."""
    folder = tmp_path_factory.mktemp("methods")
    for kind, testset in exported.items():
        reenact_exported(testset, folder / "affine" / kind)
        for drivers in sorted((testset / "drivers").iterdir()):
            if drivers.is_dir():
                shutil.copytree(drivers, folder / "truth" / kind / drivers.name)
    return {name: folder / name for name in ("affine", "truth")}
