from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from reenact.animate.actor import Actor, EncodedTarget
from reenact.animate.target import Target, read_target
from reenact.ldnet.transfer import transfer
from tests.animate.conftest import save, scene


@pytest.fixture(scope="module")
def target(folder: Path, networks) -> Target:
    return read_target(folder / "portrait.png", None, networks.crop, networks.size, networks.shown)


@pytest.fixture
def moves(target) -> list[np.ndarray]:
    """Seven frames of a driver: the target's landmarks, moved and widened."""
    return [((target.landmarks - 32) * (1 + 0.02 * k) + 32 + k).astype(np.float32) for k in range(7)]


def test_the_target_is_encoded_once_for_any_number_of_drivers(networks, target, moves, monkeypatch):
    calls = {"identity": 0, "dictionary": 0, "frames": 0}

    def counted(owner, method, name):
        original = getattr(owner, method)

        def count(*arguments):
            calls[name] += 1
            return original(*arguments)

        monkeypatch.setattr(owner, method, count)

    counted(networks.ldnet.identity_encoder, "forward", "identity")
    counted(networks.fdgan.extractor, "forward", "dictionary")
    counted(networks.fdgan.translator, "forward", "frames")
    encoded = EncodedTarget.of(networks, target)
    for _ in range(5):  # drivers
        Actor(networks, encoded, "ldnet").perform(moves)
    assert calls == {"identity": 1, "dictionary": 1, "frames": 5}


@pytest.mark.parametrize("source", ["ldnet", "source"])
def test_results_do_not_depend_on_the_batches(networks, target, moves, source):
    frames = [None, *moves[:3], None, None, *moves[3:], None]
    whole = Actor(networks, EncodedTarget.of(networks, target), source).perform(frames)
    actor = Actor(networks, EncodedTarget.of(networks, target), source)
    parts = np.concatenate([actor.perform(frames[start : start + 2]) for start in range(0, len(frames), 2)])
    assert whole.shape == (11, 64, 64, 3) and whole.dtype == np.uint8
    assert np.abs(whole.astype(int) - parts).max() <= 1


def test_what_is_painted_from(networks, target, moves):
    wanted = Actor(networks, EncodedTarget.of(networks, target), "ldnet")._wanted([None, moves[2], None, moves[5]])
    np.testing.assert_array_equal(wanted[0], target.landmarks)
    expected = transfer(networks.ldnet, target.landmarks, np.stack([moves[2], moves[5]]), moves[2], "relative")
    np.testing.assert_allclose(wanted[[1, 3]], expected, atol=1e-4)
    np.testing.assert_array_equal(wanted[2], wanted[1])
    np.testing.assert_array_equal(Actor(networks, EncodedTarget.of(networks, target), "source")._wanted(moves), moves)


def test_identity_comes_from_the_target_and_motion_from_the_driver(faces, networks, target, moves, tmp_path):
    save(tmp_path / "other.png", scene((faces[1], 30, 30, 1)))
    other = read_target(tmp_path / "other.png", None, networks.crop, networks.size, networks.shown)
    one, again, two = (Actor(networks, EncodedTarget.of(networks, each), "source") for each in (target, target, other))
    assert (one.perform(moves[:1]) != one.perform(moves[6:])).any()
    # Painted from the same landmarks, only the target's dictionary can make the difference.
    painted = one.perform(moves)
    assert (painted == again.perform(moves)).all() and (painted != two.perform(moves)).any()
    codes = [EncodedTarget.of(networks, each).transfer.identity for each in (target, other)]
    assert not torch.allclose(*codes)
