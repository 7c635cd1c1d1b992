"""The plain training that LD-Net's is compared with: it does the same."""

from __future__ import annotations

import pytest
import torch

from benchmarks.ldnet_speed import untrained_phases
from benchmarks.transcription import PlainPhase1, PlainPhase2
from reenact.config.networks import LDNetParams, Schedule
from reenact.training.turns import run_iteration

CPU = torch.device("cpu")
ONCE = Schedule(learning_rate=1e-3, batch_size=16, iterations=2)
PARAMS = LDNetParams(hidden_layers=2, hidden_units=32, weight_swap=0, weight_contrast=0, phase1=ONCE, phase2=ONCE)


@pytest.mark.parametrize(("name", "plain"), [("phase1", PlainPhase1), ("phase2", PlainPhase2)])
def test_it_has_the_same_losses_iteration_by_iteration(name, plain):
    phase = next(each for each in untrained_phases(PARAMS, CPU) if each.name == name)
    written_out, draws = plain(phase), phase.batches(0)
    for draw in (next(draws), next(draws)):
        expected = {f"{name}/{loss}": value.item() for loss, value in written_out.iterate(draw).items()}
        got = {loss: value.item() for loss, value in run_iteration(phase, draw).items()}
        assert {loss: got[loss] for loss in expected} == pytest.approx(expected, rel=5e-3)
