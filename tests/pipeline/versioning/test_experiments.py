"""What an experiment's copy of the project shares with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.versioning.experiments import home_of, link_project
from reenact.config.schema import Params


@pytest.mark.parametrize("place", [".dvc/tmp/exps/tmp123", ".dvc/tmp/exps/standalone/tmp123"])
def test_a_copy_links_what_the_parameters_name(tmp_path: Path, place: str):
    project, copy = tmp_path / "project", tmp_path / "project" / place
    copy.mkdir(parents=True)
    for folder in (project / "portraits", tmp_path / "footage"):
        folder.mkdir()
        (folder / "file").touch()
    params = Params.model_validate({"corpus": {"kind": "folder", "path": "../footage"}, "testsets": {"portraits": "portraits"}})
    assert home_of(copy) == project
    for _ in range(2):
        link_project(copy, params)
    assert (copy / "portraits/file").is_file()
    assert (copy / "../footage/file").is_file()
    (copy / "data/corpus/rendered").touch()
    assert (project / "data/corpus/rendered").is_file()


def test_the_project_itself_is_left_alone(tmp_path: Path):
    link_project(tmp_path, Params())
    assert home_of(tmp_path) == tmp_path
    assert list(tmp_path.iterdir()) == []
