"""What `reenact train` and the workflow's own command refuse before anything is trained."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from reenact.config.schema import Params
from reenact.config.yaml_text import write_params

COMMANDS = {"by hand": ["reenact", "train"], "by the workflow": ["python", "-m", "pipeline.train"]}


def refused(folder: Path, command: str, network: str, params: Params, **environment: str) -> str:
    """What the command says in a folder that holds `params` alone."""
    write_params(params, folder / "params.yaml")
    program, *words = COMMANDS[command]
    ran = [str(Path(sys.executable).parent / program), *words, network]
    done = subprocess.run(ran, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert not (folder / "models").exists()
    return done.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="CUDA is here")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("network", ["ldnet", "dense"])
def test_cuda_that_is_not_there(tmp_path, command, network):
    says = refused(tmp_path, command, network, Params(device="cuda"))
    assert "Error: device: cuda was asked for, but PyTorch sees no CUDA device here; set device to auto or cpu" in says


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("network", ["ldnet", "dense"])
def test_shards_that_are_not_there(tmp_path, command, network):
    says = refused(tmp_path, command, network, Params(device="cpu"))
    assert "Error: data/shards/train/00000.parquet is missing; run the command that makes it first" in says


@pytest.mark.parametrize(("processes", "started"), [(2, {}), (1, {"WORLD_SIZE": "2"}), (1, {"SLURM_STEP_NUM_TASKS": "2"})])
def test_several_processes_by_a_command_that_trains_in_one(tmp_path, processes, started):
    says = refused(tmp_path, "by hand", "ldnet", Params(processes=processes), **started)
    assert "Error: this command trains in one process" in says and "use the workflow: snakemake ldnet_stage" in says
