from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reenact.animate.actor import Actor
from reenact.animate.target import Target, read_target
from reenact.ldnet.model import LDNet
from reenact.ldnet.transfer import transfer


@pytest.fixture(scope="module")
def target(folder: Path, networks) -> Target:
    return read_target(folder / "portrait.png", None, networks.crop, networks.size, networks.shown)


@pytest.fixture
def moves(target) -> list[np.ndarray]:
    """Seven frames of a driver: the target's landmarks, moved and widened."""
    return [((target.landmarks - 32) * (1 + 0.02 * k) + 32 + k).astype(np.float32) for k in range(7)]


def test_the_target_is_encoded_once_for_any_number_of_frames(networks, target, moves, monkeypatch):
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
    actor = Actor(networks, target, "ldnet")
    for _ in range(5):
        actor.perform(moves)
    assert calls == {"identity": 1, "dictionary": 1, "frames": 5}


@pytest.mark.parametrize("source", ["ldnet", "source"])
def test_results_do_not_depend_on_the_batches(networks, target, moves, source):
    frames = [None, *moves[:3], None, None, *moves[3:], None]
    whole = Actor(networks, target, source).perform(frames)
    actor = Actor(networks, target, source)
    parts = np.concatenate([actor.perform(frames[start : start + 2]) for start in range(0, len(frames), 2)])
    assert whole.shape == (11, 64, 64, 3) and whole.dtype == np.uint8
    assert np.abs(whole.astype(int) - parts).max() <= 1


def test_what_is_painted_from(networks, target, moves):
    wanted = Actor(networks, target, "ldnet")._wanted([None, moves[2], None, moves[5]])
    np.testing.assert_array_equal(wanted[0], target.landmarks)
    expected = transfer(networks.ldnet, target.landmarks, np.stack([moves[2], moves[5]]), moves[2], "relative")
    np.testing.assert_allclose(wanted[[1, 3]], expected, atol=1e-4)
    np.testing.assert_array_equal(wanted[2], wanted[1])
    np.testing.assert_array_equal(Actor(networks, target, "source")._wanted(moves), moves)


def test_identity_comes_from_the_target_and_motion_from_the_driver(networks, target, moves):
    assert isinstance(networks.ldnet, LDNet)
    actor = Actor(networks, target, "ldnet")
    first, last = actor.perform([moves[0]]), actor.perform([moves[6]])
    assert (first != last).any()
