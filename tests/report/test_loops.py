from __future__ import annotations

import av
import numpy as np
import pytest

from reenact.animate.watermark import TAG
from reenact.evaluation.predictions import Method
from reenact.evaluation.stored import Stored, open_stored
from reenact.report.loops import headings, there_and_back, write_loop
from reenact.report.sheets import fit
from reenact.shards.frames import FrameStore
from reenact.workspace import PREDICTIONS, TESTSETS
from tests.support.made_pairs import MadePair, MadeTestSet
from tests.support.made_workspace import PARAMS
from tests.support.media import ffprobe

METHODS = [Method("dense", "driver"), Method("dense", "ldnet")]


class Long(MadeTestSet):
    """Moves for longer than a loop lasts: a white bar goes down each picture, a pixel a frame."""

    def target(self, number):
        return np.full((64, 64, 3), 90, np.uint8), None

    def driving(self, number):
        return self.bars(), None

    def images(self, number, source):
        return self.bars()

    def bars(self):
        pictures = np.zeros((len(self.pairs[0].frames), 64, 64, 3), np.uint8)
        for place, picture in enumerate(pictures):
            picture[place : place + 8] = 255
        return pictures


@pytest.fixture
def crosstest(workspace) -> Stored:
    store = FrameStore(workspace.shards(PARAMS, "test"))
    return open_stored(store, workspace.path(TESTSETS), workspace.path(PREDICTIONS))["crosstest"]


def pictures_of(path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_a_long_pair_becomes_two_seconds_that_end_where_they_begin(tmp_path):
    testset = Long("crosstest", [MadePair(4, "t", "d", tuple(range(40)))])
    size = write_loop(tmp_path / "loop.mp4", testset, [testset], METHODS, 4)
    video = ffprobe(tmp_path / "loop.mp4", "-count_frames")["streams"][0]
    assert size == (4 * 128, 26 + 128) == (video["width"], video["height"])
    assert (video["codec_name"], video["pix_fmt"]) == ("h264", "yuv420p")
    assert (video["r_frame_rate"], video["avg_frame_rate"], video["nb_read_frames"]) == ("25/1", "25/1", "50")
    assert float(video["duration"]) == pytest.approx(2.0, abs=0.001)
    places = [np.flatnonzero(picture[26:, 192].mean(1) > 128).mean() for picture in pictures_of(tmp_path / "loop.mp4")]
    there, back = np.arange(26), np.arange(24, 0, -1)
    assert places == pytest.approx(7.5 + 2 * np.concatenate([there, back]), abs=1)  # the bar's middle, at twice the size


def test_target_driver_and_results_stand_in_their_columns(crosstest, tmp_path):
    pair = crosstest.testset.pairs[1]
    methods = list(crosstest.results.image_formats)
    write_loop(tmp_path / "loop.mp4", crosstest.testset, [crosstest.results], methods, pair.number)
    shown = pictures_of(tmp_path / "loop.mp4")
    found = crosstest.results.of(pair.number)
    for place, picture in enumerate(shown[: len(pair.frames)]):
        cells = [crosstest.testset.target(pair.number)[0], crosstest.testset.driving(pair.number)[0][place]]
        cells += [found[method].images[place] for method in methods]
        for column, cell in enumerate(cells):
            there = picture[26:, 128 * column : 128 * (column + 1)].astype(float)
            assert np.abs(there - fit(cell, 128)).mean() < 8  # colours at half the size, and compressed


def test_frames_keep_their_times(crosstest, tmp_path):
    """The shards hold every second frame."""
    pair = crosstest.testset.pairs[0]
    assert set(np.diff(pair.frames)) == {2} and len(pair.frames) == 3
    write_loop(tmp_path / "loop.mp4", crosstest.testset, [crosstest.results], [Method("fdgan", "ldnet")], pair.number)
    video = ffprobe(tmp_path / "loop.mp4", "-count_frames")
    assert video["streams"][0]["nb_read_frames"] == "4"
    assert float(video["streams"][0]["duration"]) == pytest.approx(4 * 2 / 25)
    assert video["format"]["tags"]["comment"] == TAG


def test_there_and_back_takes_as_long_either_way():
    assert there_and_back([7, 8, 11]) == [(0, 0, 1), (1, 1, 3), (2, 4, 3), (1, 7, 1)]
    assert there_and_back([5, 6]) == [(0, 0, 1), (1, 1, 1)]
    assert there_and_back([5]) == [(0, 0, 1)]


def test_columns_are_named_and_a_long_name_stays_in_its_own():
    short, long = headings(["target", "", "x"]), headings(["target", "a method with a very long name " * 3, "x"])
    assert short.shape == (26, 3 * 128, 3) and short[:, :128].min() < 100 and short[:, 128:256].min() == 255
    assert long[:, 128:256].min() < 100 and (long[:, 256:] == short[:, 256:]).all() and (long[:, :128] == short[:, :128]).all()
    assert long[:, 250:256].min() == 255


def test_the_same_pair_gives_the_same_bytes(crosstest, tmp_path):
    for name in ("a.mp4", "b.mp4"):
        write_loop(tmp_path / name, crosstest.testset, [crosstest.results], [Method("fdgan", "ldnet")], 0)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
