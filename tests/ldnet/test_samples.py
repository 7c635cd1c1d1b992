from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from reenact.faces.normalise import normalise
from reenact.ldnet.model import LDNet
from reenact.ldnet.phase1 import Phase1
from reenact.ldnet.phase2 import Phase2
from reenact.ldnet.sampler import Sampler
from reenact.previews import preview

CPU = torch.device("cpu")
SHAPES = {"identity": (5, 136), "pose": (6, 136), "swapped": (5, 6, 136), "truth": (5, 6, 136)}
PHASES = pytest.mark.parametrize("phase_class", [Phase1, Phase2])


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(values.nan_to_num(9), other[name].nan_to_num(9)) for name, values in one.items())


@PHASES
def test_people_in_rows_do_what_frames_of_the_driver_show(sampler, small, phase_class):
    phase = phase_class(LDNet(small), sampler, small, CPU)
    shown = phase.samples()
    assert {name: tuple(values.shape) for name, values in shown.items()} == SHAPES
    labels = sampler.people(5)[1]
    for row in range(5):
        for column in range(6):
            with torch.no_grad():
                code = phase.ldnet.encode_pose(shown["pose"][column, None])
                if phase_class is Phase1:
                    identity = phase.identities(torch.tensor([labels[row]]))
                else:
                    identity = phase.ldnet.encode_identity(shown["identity"][row, None])
                torch.testing.assert_close(shown["swapped"][row, column, None], phase.ldnet.generate(code, identity))


def test_the_driver_has_his_own_frames_as_truth_and_others_where_they_do_the_same(table, small):
    """People 1, 3 and 5 of six give one performance."""
    cast = replace(table, performance=np.array([-1, 4, -1, 4, -1, 4], np.int32))
    shown = Phase1(LDNet(small), Sampler(cast, 1, CPU), small, CPU).samples()
    landmarks = torch.from_numpy(normalise(table.landmarks)[0]).view(6, 12, 136)
    frames = [int((landmarks[1] == pose).all(1).nonzero()[0, 0]) for pose in shown["pose"]]
    for row, person in enumerate((1, 3, 5)):
        assert torch.equal(shown["truth"][row], landmarks[person][frames])
        assert (landmarks[person] == shown["identity"][row]).all(1).any()
    assert shown["truth"][3:].isnan().all()
    alone = Phase1(LDNet(small), Sampler(table, 1, CPU), small, CPU).samples()
    assert torch.equal(alone["truth"][0], alone["pose"]) and alone["truth"][1:].isnan().all()


def test_phase_2_shows_people_who_are_not_trained_on(sampler, tables, small):
    others = Sampler(tables(subjects=3, seed=8), 1, CPU)
    phase = Phase2(LDNet(small), sampler, small, CPU, others)
    for name in ("identity", "pose"):
        shown = phase.samples()[name]
        assert all((others.landmarks == face).all(1).any() for face in shown)
        assert not any((sampler.landmarks == face).all(1).any() for face in shown)


@PHASES
def test_both_phases_are_shown_without_a_trace_and_the_same_whatever_was_drawn(sampler, small, phase_class):
    phase = phase_class(LDNet(small), sampler, small, CPU)
    networks = [part for part in phase.state().values() if isinstance(part, torch.nn.Module)]
    before = [{name: tensor.clone() for name, tensor in network.state_dict().items()} for network in networks]
    random = torch.get_rng_state()
    first = phase.samples()
    sampler.draw("stage1", 0, 8)
    again = phase.samples()
    assert same(first, again) and np.array_equal(preview(first), preview(again))
    assert not any(values.requires_grad for values in first.values())
    assert torch.equal(random, torch.get_rng_state())
    for network, tensors in zip(networks, before, strict=True):
        assert all(torch.equal(tensor, tensors[name]) for name, tensor in network.state_dict().items())
        assert all(parameter.grad is None for parameter in network.parameters())


def test_phase_1_takes_the_identity_from_the_table_and_phase_2_from_the_encoder(sampler, small):
    for phase_class, of_identity in ((Phase1, lambda phase: phase.identities), (Phase2, lambda phase: phase.average.identity_encoder)):
        phase = phase_class(LDNet(small), sampler, small, CPU)
        before = phase.samples()
        with torch.no_grad():
            for parameter in of_identity(phase).parameters():
                parameter.add_(1.0)
        after = phase.samples()
        assert [torch.equal(before[name], after[name]) for name in ("identity", "pose", "swapped")] == [True, True, False]


@PHASES
def test_the_average_is_shown_which_is_what_gets_exported(sampler, small, phase_class):
    phase = phase_class(LDNet(small), sampler, small.model_copy(update={"ema_decay": 0.9}), CPU)
    before = phase.samples()
    with torch.no_grad():
        for parameter in phase.ldnet.parameters():
            parameter.add_(1.0)
    assert same(before, phase.samples())
