from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from reenact.reenactment.portrait import read_target
from reenact.reenactment.reenactor import EncodedTarget, Reenactor
from reenact.reenactment.streaming import StreamingReenactment
from reenact.reenactment.target import Target
from reenact.reenactment.transfer import Transfer, TransferSettings
from tests.support.scenes import save, scene


@pytest.fixture(scope="module")
def target(folder: Path, reenactor) -> Target:
    return read_target(folder / "portrait.png", None, reenactor.generator.crop, reenactor.size, 256)


@pytest.fixture(scope="module")
def encoded(target, reenactor) -> EncodedTarget:
    return reenactor.encode(target.picture, target.landmarks)


@pytest.fixture
def moves(target) -> list[np.ndarray]:
    """Seven frames of a driver: the target's landmarks, moved and widened."""
    return [((target.landmarks - 32) * (1 + 0.02 * k) + 32 + k).astype(np.float32) for k in range(7)]


def test_the_target_is_encoded_once_for_any_number_of_drivers(reenactor, target, moves, monkeypatch):
    calls = {"faces": 0, "dictionary": 0, "frames": 0}

    def counted(owner, method, name):
        original = getattr(owner, method)

        def count(*arguments):
            calls[name] += len(arguments[0]) if name == "faces" else 1
            return original(*arguments)

        monkeypatch.setattr(owner, method, count)

    counted(reenactor.ldnet.identity_encoder, "forward", "faces")
    counted(reenactor.generator.network.extractor, "forward", "dictionary")
    counted(reenactor.generator.network.translator, "forward", "frames")
    encoded = reenactor.encode(target.picture, target.landmarks)
    for _ in range(5):  # drivers
        StreamingReenactment(reenactor, encoded, "ldnet").next(moves)
    assert calls == {"faces": 1 + 5 * len(moves), "dictionary": 1, "frames": 5}


@pytest.mark.parametrize("source", ["ldnet", "driver"])
def test_results_do_not_depend_on_the_batches(reenactor, encoded, moves, source):
    frames = [None, *moves[:3], None, None, *moves[3:], None]
    whole = StreamingReenactment(reenactor, encoded, source).next(frames)
    streaming = StreamingReenactment(reenactor, encoded, source)
    parts = np.concatenate([streaming.next(frames[start : start + 2]) for start in range(0, len(frames), 2)])
    assert whole.shape == (11, 64, 64, 3) and whole.dtype == np.uint8
    assert np.abs(whole.astype(int) - parts).max() <= 1


def test_what_is_generated_from(reenactor, target, encoded, moves):
    wanted = StreamingReenactment(reenactor, encoded, "ldnet").wanted([None, moves[2], None, moves[5]])
    np.testing.assert_array_equal(wanted[0], target.landmarks)
    transfer = Transfer.for_target(reenactor.ldnet, target.landmarks, reenactor.settings)
    expected = transfer.landmarks(np.stack([moves[2], moves[5]]), moves[2])
    np.testing.assert_allclose(wanted[[1, 3]], expected, atol=1e-4)
    np.testing.assert_array_equal(wanted[2], wanted[1])
    np.testing.assert_array_equal(StreamingReenactment(reenactor, encoded, "driver").wanted(moves), moves)


def test_a_movement_is_measured_from_the_first_face_of_all_batches(reenactor, target, moves):
    reenactor = Reenactor(reenactor.ldnet, reenactor.generator, TransferSettings("relative", 0.5))
    encoded = reenactor.encode(target.picture, target.landmarks)
    streaming = StreamingReenactment(reenactor, encoded, "ldnet")
    parts = [streaming.wanted(batch) for batch in ([None], moves[2:4], [None, moves[5]])]
    whole = StreamingReenactment(reenactor, encoded, "ldnet").wanted([None, *moves[2:4], None, moves[5]])
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-4)
    assert np.abs(whole[4] - StreamingReenactment(reenactor, encoded, "ldnet").wanted([moves[5]])[0]).max() > 1


def test_identity_comes_from_the_target_and_motion_from_the_driver(faces, reenactor, target, moves, tmp_path):
    save(tmp_path / "other.png", scene((faces[1], 30, 30, 1)))
    other = read_target(tmp_path / "other.png", None, reenactor.generator.crop, reenactor.size, 256)
    encoded = [reenactor.encode(each.picture, each.landmarks) for each in (target, target, other)]
    one, again, two = (StreamingReenactment(reenactor, each, "driver") for each in encoded)
    assert (one.next(moves[:1]) != one.next(moves[6:])).any()
    # Generated from the same landmarks, only the target's dictionary can make the difference.
    generated = one.next(moves)
    assert (generated == again.next(moves)).all() and (generated != two.next(moves)).any()
    assert not torch.allclose(encoded[0].transfer.identity, encoded[2].transfer.identity)
