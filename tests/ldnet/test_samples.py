from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.ldnet.model import LDNet
from reenact.ldnet.phase import Generated
from reenact.ldnet.phase1 import Phase1
from reenact.ldnet.phase2 import Phase2
from reenact.previews import preview

CPU = torch.device("cpu")
NAMES = ["target", "driver", "generated", "reconstructed"]


def samples(sampler, params, make):
    """The samples of a phase whose networks make `make` of a draw."""
    phase = Phase1(LDNet(params), sampler, params, CPU)
    phase.forward = make
    return phase.samples()


def perfect(draw):
    """The landmarks that a perfect network would generate: the driver's own, and the target's."""
    return Generated(pose=draw.first, rebuilt=draw.second, swapped=draw.target)


def columns(samples: dict[str, torch.Tensor]) -> list[np.ndarray]:
    return np.split(preview(samples), 4, axis=1)


def test_columns_are_target_driver_generated_and_the_drivers_reconstruction(sampler, small):
    shown = samples(sampler, small, perfect)
    assert list(shown) == NAMES and {values.shape for values in shown.values()} == {(4, 136)}
    picture = preview(shown)
    assert picture.shape == (4 * 128, 4 * 128, 3) and picture.dtype == np.uint8
    target, driver, generated, rebuilt = columns(shown)
    assert (generated == target).all() and (rebuilt == driver).all() and (target != driver).any()


def test_samples_are_of_the_same_draws_each_time_whatever_the_training_has_drawn(sampler, small):
    first = samples(sampler, small, perfect)
    sampler.draw("stage1", 0, 8)
    again, draw = samples(sampler, small, perfect), sampler.draw("samples", 0, 4)
    assert all(torch.equal(first[name], again[name]) for name in NAMES)
    assert torch.equal(first["target"], draw.target) and torch.equal(first["driver"], draw.second)


def test_faces_fill_their_pictures_but_for_a_margin(sampler, small):
    target, *_ = columns(samples(sampler, small, perfect))
    for face in np.split(target, 4):
        rows, across = np.nonzero(face.any(2))
        # The larger side spans [-1, 1]: 0.85 of 128 pixels, and the line's own width.
        assert max(np.ptp(rows), np.ptp(across)) == pytest.approx(0.85 * 128, abs=3)
        assert min(rows.min(), across.min(), 127 - rows.max(), 127 - across.max()) >= 8


def test_a_network_that_ran_away_is_drawn_and_not_an_error(sampler, small):
    def wild(draw):
        return Generated(draw.first, torch.full_like(draw.target, torch.nan), torch.full_like(draw.target, torch.inf))

    _, driver, _, _ = columns(samples(sampler, small, wild))
    assert driver.any()


@pytest.mark.parametrize("phase_class", [Phase1, Phase2])
def test_both_phases_are_shown_without_a_trace(sampler, small, phase_class):
    phase = phase_class(LDNet(small), sampler, small, CPU)
    networks = [part for part in phase.state().values() if isinstance(part, torch.nn.Module)]
    before = [{name: tensor.clone() for name, tensor in network.state_dict().items()} for network in networks]
    random = torch.get_rng_state()
    first, again = phase.samples(), phase.samples()
    assert list(first) == NAMES and all(torch.equal(first[name], again[name]) for name in NAMES)
    assert not any(values.requires_grad for values in first.values())
    assert torch.equal(random, torch.get_rng_state())
    for network, tensors in zip(networks, before, strict=True):
        assert all(torch.equal(tensor, tensors[name]) for name, tensor in network.state_dict().items())
        assert all(parameter.grad is None for parameter in network.parameters())


def test_phase_1_takes_the_identity_from_the_table_and_phase_2_from_the_encoder(sampler, small):
    for phase_class, of_identity in ((Phase1, lambda phase: phase.identities), (Phase2, lambda phase: phase.ldnet.identity_encoder)):
        phase = phase_class(LDNet(small), sampler, small, CPU)
        before = columns(phase.samples())
        with torch.no_grad():
            for parameter in of_identity(phase).parameters():
                parameter.add_(1.0)
        after = columns(phase.samples())
        assert [(a == b).all() for a, b in zip(before, after, strict=True)] == [True, True, False, False]
