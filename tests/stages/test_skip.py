"""A generator that the parameters do not enable: nothing is trained, and the folder says so."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reenact.config.schema import Params
from reenact.config.yaml_text import write_params
from reenact.errors import ReenactError
from reenact.files import read_json
from reenact.stages.networks import made_from, training_of
from reenact.stages.skip import skip
from reenact.training.watcher import NullWatcher
from reenact.workspace import TRAIN, Workspace
from tests.support.second_generator import COPIER, MORE, MoreParams, make_copier, more_generators

OFF = MORE.model_copy(update={"copier": MORE.copier.model_copy(update={"enabled": False})})
NETWORK = {"model.safetensors", "model.json", "curves.csv"}
TRAINED = NETWORK | {"best"}


@pytest.fixture(autouse=True)
def copier() -> Iterator[None]:
    with more_generators(COPIER):
        yield


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A project with a training shard, whose content nobody reads."""
    found = Workspace(tmp_path)
    for shard in found.shards(MORE, TRAIN):
        shard.parent.mkdir(parents=True, exist_ok=True)
        shard.write_bytes(b"frames")
    return found


def there(workspace: Workspace) -> set[str]:
    return {path.name for path in workspace.path(COPIER.folder).iterdir()}


def train(params: MoreParams, workspace: Workspace) -> None:
    training_of("copier", params)(params, workspace, NullWatcher(), made_from("copier", params, workspace))


def test_an_earlier_network_goes_and_a_file_names_the_key(workspace, caplog):
    make_copier(workspace.path(COPIER.folder))
    assert there(workspace) == NETWORK
    with caplog.at_level("INFO"):
        skip(COPIER, OFF, workspace)
    assert there(workspace) == {"not_trained.json"}
    assert read_json(workspace.path(COPIER.folder, "not_trained.json")) == {"generator": "copier", "disabled_by": "copier.enabled"}
    assert caplog.messages == ["Copier is not trained: copier.enabled is false in params.yaml."]


def test_it_needs_no_shard_and_gives_the_same_bytes_again(tmp_path):
    workspace = Workspace(tmp_path)
    skip(COPIER, OFF, workspace)
    before = workspace.path(COPIER.folder, "not_trained.json").read_bytes()
    skip(COPIER, OFF, workspace)
    assert workspace.path(COPIER.folder, "not_trained.json").read_bytes() == before
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == [
        "models",
        COPIER.folder,
        f"{COPIER.folder}/not_trained.json",
    ]


def test_one_that_is_enabled_keeps_its_network(workspace):
    make_copier(workspace.path(COPIER.folder))
    with pytest.raises(ReenactError, match=r"copier\.enabled is true in params\.yaml, so nothing was removed"):
        skip(COPIER, MORE, workspace)
    assert there(workspace) == NETWORK


def test_a_training_after_it_leaves_the_network_alone_in_the_folder(workspace):
    skip(COPIER, OFF, workspace)
    train(MORE, workspace)
    assert there(workspace) == TRAINED


def test_it_is_not_trained_and_what_lies_there_stays(workspace):
    train(MORE, workspace)
    before = sorted(workspace.root.rglob("*"))
    with pytest.raises(ReenactError, match=r"copier\.enabled is false in params\.yaml, so Copier is not trained"):
        train(OFF, workspace)
    assert sorted(workspace.root.rglob("*")) == before and there(workspace) == TRAINED


@pytest.mark.parametrize("command", [["reenact", "train"], ["python", "-m", "pipeline.train"]])
def test_commands_that_train_end_with_an_error_and_begin_no_run(tmp_path, command):
    """Before they ask for shards, or for MLflow's database."""
    params = Params()
    write_params(params.model_copy(update={"fdgan": params.fdgan.model_copy(update={"enabled": False})}), tmp_path / "params.yaml")
    program, *words = command
    ran = [str(Path(sys.executable).parent / program), *words, "fdgan"]
    done = subprocess.run(ran, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Error: fdgan.enabled is false in params.yaml, so FD-GAN is not trained; set it to true first\n"
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
