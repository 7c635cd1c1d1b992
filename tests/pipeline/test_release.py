"""`python -m pipeline.release` in a copy of the sources."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from pydantic import BaseModel
from torch import nn

from pipeline.source_hash import Sources
from pipeline.stages import stage_of
from reenact.config.networks import DenseParams, LDNetParams
from reenact.files import read_json
from reenact.generators.dense.model import Dense
from reenact.ldnet.model import LDNet
from reenact.training.curves import Curves
from reenact.training.export import export

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path) -> Path:
    """Sources under git, and networks in models/ as a training exports them."""
    for name in ("reenact", "pipeline"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".gitignore", tmp_path)
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    train(tmp_path, "dense", Dense(DenseParams()), DenseParams())
    train(tmp_path, "ldnet", LDNet(LDNetParams()), LDNetParams())
    return tmp_path


def commit(project: Path) -> None:
    git(project, "add", "reenact", "pipeline")
    git(project, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "All")


def train(project: Path, name: str, network: nn.Module, section: BaseModel) -> None:
    """Export the network as the workflow does, with the hash of its stage's sources."""
    export(
        project / "models" / name,
        network,
        network=type(network).__name__,
        section=section.model_dump(),
        seed=1,
        made_from={"code": Sources(project).hash(stage_of(name).sources)},
        iterations={},
        curves=Curves(),
    )


def written(project: Path) -> dict[str, bytes]:
    """The contents of the files in the package's folder of weights."""
    return {str(path): path.read_bytes() for path in (project / "reenact/weights").rglob("*") if path.suffix in {".json", ".safetensors"}}


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def release(project: Path, *networks: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pipeline.release", *networks], cwd=project, capture_output=True, text=True)


def test_trained_networks_are_released_in_half_precision_with_their_commit(project):
    assert release(project).returncode == 0
    for name in ("dense", "ldnet"):
        trained = safetensors.torch.load_file(project / "models" / name / "model.safetensors")
        halved = safetensors.torch.load_file(project / "reenact/weights" / name / "model.safetensors")
        assert trained.keys() == halved.keys()
        assert all(torch.equal(trained[key].half(), halved[key]) for key in trained)
        described = read_json(project / "reenact/weights" / name / "model.json")
        assert described["released"]["commit"] == git(project, "rev-parse", "HEAD")
        assert described["params"] == read_json(project / "models" / name / "model.json")["params"]
    loaded = "import torch; from reenact.reenactment import networks as n; n.load_reenactor('released', 'released', torch.device('cpu'))"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=project).returncode == 0, "the hashes fit"


def test_one_network_can_be_released_alone(project):
    shutil.rmtree(project / "models" / "dense")
    before = written(project)
    assert release(project, "ldnet").returncode == 0
    changed = {name for name, content in written(project).items() if before[name] != content}
    assert {str(Path(name).relative_to(project)) for name in changed} == {
        f"reenact/weights/ldnet/{file}" for file in ("model.json", "model.safetensors")
    }


def test_what_is_no_released_network_is_refused(project):
    refused = release(project, "fdgan")
    assert refused.returncode == 1 and "fdgan is not among the released networks, ldnet and dense" in refused.stderr


def test_sources_that_differ_from_the_commit_are_refused(project):
    before = written(project)
    with (project / "reenact/errors.py").open("a") as file:
        file.write("\n# changed\n")
    refused = release(project)
    assert refused.returncode == 1 and "reenact/errors.py differs from the last commit; commit it" in refused.stderr
    assert written(project) == before


@pytest.mark.parametrize(("name", "source"), [("dense", "pipeline/rules/generators.smk"), ("ldnet", "reenact/ldnet/task.py")])
def test_networks_that_other_code_trained_are_refused(project, name, source):
    before = written(project)
    with (project / source).open("a") as file:
        file.write("\n# changed after the training\n")
    commit(project)
    refused = release(project)
    assert refused.returncode == 1
    assert f"models/{name}/model.json: the network was trained with other code than this commit's" in refused.stderr
    assert "train the network again from this commit (`snakemake all`)" in refused.stderr
    assert written(project) == before


def test_code_that_trained_neither_network_may_have_changed(project):
    for source in ("reenact/generators/fdgan/task.py", "reenact/report/build.py", "pipeline/release.py"):
        with (project / source).open("a") as file:
            file.write("\n# changed after the training\n")
    commit(project)
    assert release(project).returncode == 0


def test_a_network_that_does_not_say_what_code_trained_it_is_refused(project):
    path = project / "models/ldnet/model.json"
    path.write_text(json.dumps(read_json(path) | {"made_from": {}}))
    refused = release(project)
    assert refused.returncode == 1 and "models/ldnet/model.json is damaged (it lacks 'code'); train the network again" in refused.stderr


def test_weights_that_are_not_those_of_their_description_are_refused(project):
    before = written(project)
    path = project / "models/dense/model.safetensors"
    tensors = safetensors.torch.load_file(path)
    safetensors.torch.save_file({name: tensor + 1 for name, tensor in tensors.items()}, path)
    refused = release(project)
    assert (
        refused.returncode == 1 and "models/dense/model.safetensors is not the file that model.json beside it describes" in refused.stderr
    )
    assert written(project) == before


def test_weights_of_more_than_8_megabytes_are_refused(project):
    before = written(project)
    section = LDNetParams(hidden_units=1024)
    network = LDNet(section)
    train(project, "ldnet", network, section)
    dense = sum(weight.numel() for weight in Dense(DenseParams()).state_dict().values())
    total = 2 * (dense + sum(weight.numel() for weight in network.state_dict().values()))
    assert total > 8_000_000
    refused = release(project)
    assert refused.returncode == 1 and f"the weights would take {total:,} bytes, more than 8,000,000" in refused.stderr
    assert written(project) == before


def test_values_that_half_precision_cannot_hold_are_refused(project):
    path = project / "models/ldnet/model.safetensors"
    tensors = safetensors.torch.load_file(path)
    name = next(iter(tensors))
    tensors[name].view(-1)[0] = 1e6
    safetensors.torch.save_file(tensors, path)
    refused = release(project)
    assert refused.returncode == 1 and f"{name} has values that half precision cannot hold" in refused.stderr


def test_networks_that_were_not_trained_are_named(project):
    (project / "models/dense/model.safetensors").unlink()
    refused = release(project)
    assert refused.returncode == 1 and "models/dense/model.safetensors" in refused.stderr and "train the networks first" in refused.stderr


def test_a_folder_that_is_no_clone_is_refused(project):
    shutil.rmtree(project / ".git")
    refused = release(project)
    assert refused.returncode == 1 and "Error: git status:" in refused.stderr and "run this in a clone" in refused.stderr
