"""Reading where others read too: processes that are ended, and folders of other evaluations."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.evaluation.reading import ClipReader, Pictures
from tests.support.counting_reader import CountingReader
from tests.support.killed_reader import KilledReader

FACE = np.random.default_rng(5).uniform(20, 44, (68, 2)).astype(np.float32)


def clip(seed: int) -> Pictures:
    """Pictures of 64 pixels without a face, lighter the higher the number is."""
    coarse = np.random.default_rng(seed).integers(0, 60, (2, 4, 4, 3)) + 10 * seed
    return Pictures(np.stack([cv2.resize(each.astype(np.uint8), (64, 64)) for each in coarse]), FACE[None])


@pytest.fixture
def reader(tmp_path: Path) -> CountingReader:
    return CountingReader(tmp_path / "calls")


def test_a_process_that_is_ended_is_named_and_what_was_read_is_kept(tmp_path):
    """The last clip is too light for the reader; the others' faces are there for the next one."""
    clips, kept = [clip(seed) for seed in (1, 2, 3, 15)], tmp_path / "kept"
    said = r"a process that reads faces was ended, probably for lack of memory; start the same command .*\(--workers 1\)"
    with pytest.raises(ReenactError, match=said), ClipReader({"killed": KilledReader(130)}, kept, workers=2) as opened:
        list(opened.read(clips))
    assert list(kept.glob("*.npz"))
    with pytest.raises(ReenactError, match=said), ClipReader({"killed": KilledReader(0)}, kept, workers=2) as opened:
        list(opened.read(clip(seed) for seed in range(20)))
    with ClipReader({"killed": KilledReader(255)}, kept, workers=2) as opened:
        assert len(list(opened.read(clips))) == 4


def test_what_another_evaluation_read_serves_and_stays(tmp_path, reader):
    theirs, mine = tmp_path / "theirs", tmp_path / "mine"
    with ClipReader({"made": reader}, theirs) as opened:
        first = list(opened.read([clip(1), clip(2)]))
    reader.calls()
    before = {path: path.stat().st_mtime_ns for path in theirs.iterdir()}
    with ClipReader({"made": reader}, mine, also=[tmp_path / "nowhere", theirs]) as opened:
        second = list(opened.read([clip(1), clip(3)]))
        opened.forget_others()
    assert len(reader.calls()) == 1 and {path: path.stat().st_mtime_ns for path in theirs.iterdir()} == before
    np.testing.assert_array_equal(first[0].readings["made.mean"], second[0].readings["made.mean"])
    assert len(list(mine.iterdir())) == 2, "the faces and the readings of the clip that was not known"


@pytest.mark.parametrize("harm", [lambda path: path.write_bytes(path.read_bytes()[:50]), lambda path: path.write_bytes(b"")])
def test_a_kept_file_that_is_damaged_is_read_anew(tmp_path, reader, harm):
    kept = tmp_path / "kept"

    def calls() -> int:
        with ClipReader({"made": reader}, kept) as opened:
            (found,) = opened.read([clip(1)])
        np.testing.assert_allclose(found.readings["made.mean"], clip(1).images.mean(axis=(1, 2, 3)))
        return len(reader.calls())

    assert calls() == 1
    for path in kept.iterdir():
        harm(path)
    assert (calls(), calls()) == (1, 0)
