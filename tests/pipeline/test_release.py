"""`python -m pipeline.release` in a copy of the sources."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch

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
    git(tmp_path, "add", "reenact", "pipeline")
    git(tmp_path, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "All")
    for name, network, section in (("dense", Dense(DenseParams()), DenseParams()), ("ldnet", LDNet(LDNetParams()), LDNetParams())):
        about = {"network": type(network).__name__, "section": section.model_dump(), "seed": 1, "made_from": {}, "iterations": {}}
        export(tmp_path / "models" / name, network, curves=Curves(), **about)
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def release(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pipeline.release"], cwd=project, capture_output=True, text=True)


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


def test_sources_that_differ_from_the_commit_are_refused(project):
    before = (project / "reenact/weights/dense/model.safetensors").read_bytes()
    with (project / "reenact/errors.py").open("a") as file:
        file.write("\n# changed\n")
    refused = release(project)
    assert refused.returncode == 1 and "reenact/errors.py differs from the last commit; commit it" in refused.stderr
    assert (project / "reenact/weights/dense/model.safetensors").read_bytes() == before


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
