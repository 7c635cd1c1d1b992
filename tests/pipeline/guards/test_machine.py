"""What a job would miss on this machine is refused before Snakemake deletes the job's outputs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from snakemake import cli

from pipeline.guards.machine import refuse_missing
from reenact.config.schema import Params
from reenact.errors import ReenactError

NO_CUDA = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")


@NO_CUDA
@pytest.mark.parametrize("typed", ["all", "all -c 4", "all --executor local"])
def test_cuda_is_refused_where_the_jobs_run_on_this_machine_and_it_has_none(tmp_path: Path, typed: str) -> None:
    _, arguments = cli.parse_args(typed.split())
    with pytest.raises(ReenactError, match="device: cuda was asked for, but PyTorch sees no CUDA device here"):
        refuse_missing(tmp_path, Params(device="cuda"), arguments)


def test_a_login_node_needs_no_cuda(tmp_path: Path) -> None:
    _, arguments = cli.parse_args(["all", "--executor", "slurm", "--jobs", "2"])
    refuse_missing(tmp_path, Params(device="cuda"), arguments)


@pytest.mark.parametrize("executor", ["local", "slurm"])
def test_a_face_model_without_its_files_is_refused(tmp_path: Path, executor: str) -> None:
    (tmp_path / "faces/FaceXModel").mkdir(parents=True)
    _, arguments = cli.parse_args(["all", "--executor", executor, "--jobs", "2"])
    with pytest.raises(ReenactError, match=r"face_model: .*FaceXModel has no generic_neutral_mesh.obj and \d+ more files; download"):
        refuse_missing(tmp_path, Params(face_model="faces"), arguments)


def test_nothing_is_refused_of_the_defaults(tmp_path: Path) -> None:
    refuse_missing(tmp_path, Params(), None)
