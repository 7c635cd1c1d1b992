from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.evaluation.predictions import Method
from reenact.evaluation.stored import Stored, open_stored
from reenact.generators.fdgan.dictionary import Reader, Writer, places
from reenact.generators.registry import GENERATORS
from reenact.generators.trained import load_trained
from reenact.report.attention import at, attention_sheet, looked_at, marks, overlay, ringed, watch
from reenact.report.sheets import fit
from reenact.shards.frames import FrameStore
from reenact.workspace import PREDICTIONS, TESTSETS
from tests.support.made_workspace import PARAMS, SIZE, true_frames

CPU = torch.device("cpu")


@pytest.fixture(scope="module", autouse=True)
def own() -> None:
    """All generators, not FD-GAN alone as in the other tests of this folder."""


@pytest.fixture(scope="module")
def crosstest(workspace) -> Stored:
    store = FrameStore(workspace.shards(PARAMS, "test"))
    return open_stored(store, workspace.path(TESTSETS), workspace.path(PREDICTIONS))["crosstest"]


@pytest.fixture(scope="module")
def fdgan(workspace):
    return load_trained(GENERATORS["fdgan"], workspace.path(GENERATORS["fdgan"].folder), CPU)


@torch.inference_mode()
def test_the_weights_times_the_targets_values_are_what_the_dictionary_gives():
    torch.manual_seed(2)
    writer, reader = Writer(12, 20, 5), Reader(12, 20, 5)
    target, wanted = torch.randn(1, 12, 6, 6), torch.randn(3, 12, 8, 8)
    given = reader.values(wanted, writer(target).expand(3, -1, -1))
    weights = looked_at(writer, reader, writer.key(places(target)), reader.key(places(wanted)))
    assert weights.shape == (3, 64, 36)
    torch.testing.assert_close(weights @ writer.value(places(target)), given, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(weights.sum(2), torch.ones(3, 64))


def test_the_weights_are_the_networks_own_for_each_frame(crosstest, fdgan):
    """A value that is added at one place of the target's features shows in what is read as the weight of that place says."""
    picture, landmarks = crosstest.testset.target(0)
    wanted = crosstest.results.of(0)[Method("fdgan", "ldnet")].generated_from
    watched = watch(fdgan, picture, landmarks, wanted)
    side = 64 // 2
    assert watched.weights.shape == (len(wanted), side**2, side**2) and watched.images.shape == (len(wanted), 64, 64, 3)
    np.testing.assert_allclose(watched.weights.sum(2), 1, rtol=1e-4)
    np.testing.assert_array_equal(watched.images, fdgan.generate(fdgan.encode(picture, landmarks), wanted))
    assert not np.allclose(watched.weights[0], watched.weights[1])
    read = read_values(fdgan, picture, landmarks, wanted[1:2], None)
    added = read_values(fdgan, picture, landmarks, wanted[1:2], 5 * side + 9)
    np.testing.assert_allclose((added - read)[0, :, 0], watched.weights[1][:, 5 * side + 9], atol=1e-5)


def read_values(fdgan, picture, landmarks, wanted, place: int | None) -> np.ndarray:
    """What the finest reader reads for a frame, with 1 added to the first value that is written at a place."""
    writer, reader, read = fdgan.network.extractor.writers[0], fdgan.network.translator.readers[0], []

    def add(_, __, values):
        if place is not None:
            values[:, place, 0] += 1
        return values

    def keep(_, given, made):
        read.append((made - given[0]).flatten(2).transpose(1, 2).numpy())

    hooks = [writer.value.register_forward_hook(add), reader.register_forward_hook(keep)]
    fdgan.generate(fdgan.encode(picture, landmarks), wanted)
    for hook in hooks:
        hook.remove()
    return read[0]


def test_the_sheet_shows_pairs_with_a_map_for_each_mark(workspace, crosstest):
    numbers = [pair.number for pair in crosstest.testset.pairs]
    sheet = attention_sheet(PARAMS, workspace, crosstest.testset, crosstest.results, numbers, CPU)
    assert list(sheet.columns) == ["target", "driver", "FD-GAN", "for the eye", "for the mouth", "for the hair"]
    assert len(sheet.rows) == 2 * len(numbers)
    for place, row in enumerate(sheet.rows):
        pair = crosstest.testset.pairs[place // 2]
        frame = (0, len(pair.frames) - 1)[place % 2]
        assert row.label == f"{pair.target_subject}\nframe {frame + 1}"
        np.testing.assert_array_equal(row.pictures[0], crosstest.testset.target(pair.number)[0])
        np.testing.assert_array_equal(row.pictures[1], crosstest.testset.driving(pair.number)[0][frame])
        # Seen again, it is the stored result but for the JPEG and the rings.
        stored = fit(crosstest.results.of(pair.number)[Method("fdgan", "ldnet")].images[frame], 128)
        assert np.median(np.abs(row.pictures[2].astype(int) - stored)) <= 2
        assert all(picture.shape == (128, 128, 3) for picture in row.pictures[3:])


def test_without_fdgan_there_is_no_sheet(workspace, crosstest):
    other = PARAMS.model_copy(
        update={"fdgan": PARAMS.fdgan.model_copy(update={"enabled": False}), "warp": PARAMS.warp.model_copy(update={"enabled": True})}
    )
    assert attention_sheet(other, workspace, crosstest.testset, crosstest.results, [0], CPU) is None


def test_marks_lie_on_the_eye_the_mouth_and_above_the_face():
    _, _, (landmarks, *_) = true_frames("test0")
    found = marks(landmarks, SIZE)
    assert landmarks[36][0] < found["eye"][0] < landmarks[39][0] and landmarks[37][1] < found["eye"][1] < landmarks[41][1]
    assert landmarks[48][0] < found["mouth"][0] < landmarks[54][0] and landmarks[51][1] < found["mouth"][1] < landmarks[57][1]
    assert found["hair"][1] < landmarks[17:27, 1].min() and found["hair"][1] >= 0
    assert (marks(landmarks - (0, 100), SIZE)["hair"] >= 0).all()


def test_a_marks_map_is_of_the_places_about_it():
    weights = np.zeros((16 * 16, 8 * 8), np.float32)
    for y, x in ((10, 4), (11, 5)):
        weights[y * 16 + x, 3 * 8 + 6] = 0.9
    found = at(weights, np.array([4 * 4 + 1.5, 10 * 4 + 1.5]), 64)
    assert found.shape == (8, 8) and found[3, 6] == pytest.approx(0.2) and found.sum() == found[3, 6]
    assert at(weights, np.array([60.0, 2.0]), 64).sum() == 0
    assert at(np.ones((256, 64), np.float32), np.array([-5.0, 70.0]), 64) == pytest.approx(1)


def test_heat_is_brightest_where_the_weight_is_largest():
    weights = np.full((32, 32), 1e-4)
    weights[8, 20] = 0.3
    heat = overlay(np.full((64, 64, 3), 80, np.uint8), weights).astype(int).sum(2)
    y, x = np.unravel_index(heat.argmax(), heat.shape)
    assert (y // 4, x // 4) == (8, 20) and heat[100, 10] < heat.max() / 2


def test_rings_stand_about_their_marks_and_leave_them_seen():
    picture = np.full((64, 64, 3), 120, np.uint8)
    shown = ringed(picture, [np.array([20.0, 40.0])])
    changed = np.argwhere((shown != 120).any(2))
    assert changed.mean(0) == pytest.approx([80.5, 40.5], abs=1.0)
    assert (shown[81, 41] == 120).all() and (picture == 120).all()
