from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from reenact.config.networks import LDNetParams
from reenact.errors import ReenactError
from reenact.faces.normalise import denormalise, normalise
from reenact.ldnet.model import LDNet
from reenact.reenactment.placement import Placement
from reenact.reenactment.transfer import Transfer, TransferSettings
from tests.support.driver_identity import means_so_far
from tests.support.echo import Echo


def clip(seed: int, frames: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 100, (frames, 68, 2)).astype(np.float32)


def transfer(
    ldnet: nn.Module, target: np.ndarray, drivers: np.ndarray, reference: np.ndarray, placement: Placement, residual: float = 0.0
) -> np.ndarray:
    return Transfer.for_target(ldnet, target, TransferSettings(placement, residual)).landmarks(drivers, reference)


@pytest.fixture
def small() -> LDNetParams:
    return LDNetParams(hidden_layers=2, hidden_units=32)


def test_self_reenactment_is_placed_exactly():
    frames = clip(0, 9)
    np.testing.assert_allclose(transfer(Echo(), frames[0], frames[1:], frames[0], "relative"), frames[1:], atol=1e-4)


def test_absolute_placement_keeps_the_drivers_box():
    drivers = clip(1, 4)
    np.testing.assert_allclose(transfer(Echo(), clip(2, 1)[0] * 3 + 40, drivers, clip(3, 1)[0], "absolute"), drivers, atol=1e-4)


def test_identity_comes_from_the_target():
    echo, target, drivers = Echo(), clip(4, 1)[0], clip(5, 3)
    echo.weight.data.fill_(1.0)
    moved = transfer(echo, target, drivers, drivers[0], "absolute") - drivers
    half_sides = normalise(drivers)[1].half_side
    expected = normalise(target)[0].mean() * half_sides
    np.testing.assert_allclose(moved, np.broadcast_to(expected[:, None, None], moved.shape), atol=1e-4)


def test_a_share_of_what_cannot_be_rebuilt_is_added(small):
    """Written out with the networks themselves; with nothing added it is the paper's formula."""
    ldnet, target, drivers = LDNet(small).eval(), clip(6, 1)[0], clip(7, 5)
    with torch.inference_mode():
        mine, theirs = (torch.from_numpy(normalise(face)[0]) for face in (target[None], drivers))
        generated = ldnet.generate(ldnet.encode_pose(theirs), ldnet.encode_identity(mine).expand(5, -1))
        my_rest = mine - ldnet.generate(ldnet.encode_pose(mine), ldnet.encode_identity(mine))
        their_rest = theirs - ldnet.generate(ldnet.encode_pose(theirs), means_so_far(ldnet.encode_identity(theirs)))
    boxes = normalise(drivers)[1]
    for residual in (0.0, 0.3):
        wanted = denormalise((generated + residual * (my_rest + their_rest)).numpy(), boxes)
        np.testing.assert_allclose(transfer(ldnet, target, drivers, drivers[0], "absolute", residual), wanted, atol=1e-3)


def test_real_networks_give_pixels_for_each_frame(small):
    result = transfer(LDNet(small).eval(), clip(6, 1)[0], clip(7, 5), clip(8, 1)[0], "relative")
    assert result.shape == (5, 68, 2) and result.dtype == np.float32 and np.isfinite(result).all()


def test_landmarks_that_do_not_fit_are_errors(small):
    ldnet = LDNet(small)
    with pytest.raises(ReenactError, match="driver landmarks"):
        transfer(ldnet, clip(0, 1)[0], clip(0, 1)[0], clip(0, 1)[0], "relative")
    broken = clip(0, 2)
    broken[1, 3] = np.nan
    with pytest.raises(ReenactError, match="1 landmark sets are not finite"):
        transfer(ldnet, clip(0, 1)[0], broken, clip(0, 1)[0], "relative")


def test_relative_placement_is_from_the_targets_box_by_the_drivers_movement():
    """A target of half the reference's size, and a driver that goes 30 to the right, 10 up and grows by a half."""
    face = clip(9, 1)[0]
    reference = face * 2 + [7, 5]
    driver = ((reference - reference.mean(0)) * 1.5 + reference.mean(0) + [30, -10])[None]
    expected = (face - reference_centre(face)) * 1.5 + reference_centre(face) + movement(driver[0], reference) / 2
    np.testing.assert_allclose(transfer(Echo(), face, driver, reference, "relative")[0], expected, atol=1e-3)


def reference_centre(face: np.ndarray) -> np.ndarray:
    return (face.min(0) + face.max(0)) / 2


def movement(driver: np.ndarray, reference: np.ndarray) -> np.ndarray:
    return reference_centre(driver) - reference_centre(reference)
