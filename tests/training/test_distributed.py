"""What several processes need, before any of them trains: errors say what to change."""

from __future__ import annotations

import pytest
import torch

from reenact.config.load import parse_params
from reenact.config.schema import PARAMS_FILE
from reenact.errors import ReenactError
from reenact.training.distributed import joined, own_device


@pytest.mark.parametrize("key", ["ldnet.phase1", "ldnet.phase2", "dense.schedule"])
def test_a_batch_that_cannot_be_shared_evenly_is_refused(key):
    section, phase = key.split(".")
    values = {"processes": 2, section: {phase: {"learning_rate": 1e-3, "batch_size": 5, "iterations": 9}}}
    with pytest.raises(ReenactError, match=rf"{key}.batch_size \(5\) must be a multiple of processes \(2\)"):
        parse_params(values, PARAMS_FILE)


def test_what_is_not_trained_may_have_any_batch():
    schedule = {"learning_rate": 1e-3, "batch_size": 5, "iterations": 9}
    assert parse_params({"processes": 2, "adain": {"schedule": schedule}}, PARAMS_FILE).processes == 2


def test_a_step_of_slurm_without_scontrol_is_told_what_to_set(monkeypatch, tmp_path):
    for name in ("TORCHELASTIC_RUN_ID", "MASTER_ADDR", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_NODELIST": "n[1-2]", "PATH": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    says = r"scontrol show hostnames n\[1-2\] does not say .* put scontrol on PATH, or set MASTER_ADDR"
    with pytest.raises(ReenactError, match=says), joined(torch.device("cpu")):
        pass


def test_each_process_has_a_cuda_device_of_its_own_or_is_told_to(monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "torchrun's")
    assert [own_device(local, 2) for local in (0, 1)] == [0, 1]
    with pytest.raises(ReenactError, match=r"process 3 on this machine needs a CUDA device of its own, and PyTorch sees 2; start as many"):
        own_device(2, 2)
    with pytest.raises(ReenactError, match="needs a CUDA device"):
        own_device(1, 1)


def test_a_task_to_which_slurm_shows_one_device_takes_that(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    assert own_device(3, 1) == 0
