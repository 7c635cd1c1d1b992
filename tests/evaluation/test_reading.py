"""What was read is kept, and is read anew where anything differs that decides it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import reenact
from reenact.evaluation import reading
from reenact.evaluation.face_finder import find_faces
from reenact.evaluation.reading import ClipReader, Pictures, Reading
from reenact.metrics.base import Clip, Reader
from tests.support.counting_reader import CountingReader

FACE = np.random.default_rng(5).uniform(20, 44, (68, 2)).astype(np.float32)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def reader(tmp_path: Path) -> CountingReader:
    return CountingReader(tmp_path / "calls")


@pytest.fixture
def comparing(tmp_path: Path) -> CountingReader:
    return CountingReader(tmp_path / "calls", "compared", compares=True)


def images(seed: int, count: int = 2) -> np.ndarray:
    """Pictures of 64 pixels without a face, about as light as their number says."""
    coarse = np.random.default_rng(seed).integers(0, 60, (count, 4, 4, 3)) + 10 * seed
    return np.stack([cv2.resize(each.astype(np.uint8), (64, 64)) for each in coarse])


def clip(seed: int, **more) -> Pictures:
    return Pictures(images(seed), FACE[None], **more)


def driving(seed: int) -> Clip:
    return Clip(images(seed), np.repeat(FACE[None], 2, axis=0), np.ones(2, bool))


def read(kept: Path, clips: Sequence[Pictures], *readers: CountingReader, workers: int = 1) -> list[Reading]:
    named: dict[str, Reader] = {each.name: each for each in readers}
    with ClipReader(named, kept, workers) as opened:
        return list(opened.read(clips))


def assert_alike(one: Sequence[Reading], other: Sequence[Reading]) -> None:
    assert len(one) == len(other) > 0
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.landmarks, b.landmarks)
        np.testing.assert_array_equal(a.found, b.found)
        assert a.readings.keys() == b.readings.keys()
        for name, array in a.readings.items():
            np.testing.assert_array_equal(array, b.readings[name])
            assert array.dtype == b.readings[name].dtype


def test_every_reader_is_given_the_faces_that_were_found(kept, reader):
    (found,) = read(kept, [clip(3)], reader)
    landmarks, is_found = find_faces(images(3), FACE[None])
    np.testing.assert_array_equal(found.landmarks, landmarks)
    np.testing.assert_array_equal(found.found, is_found)
    assert set(found.readings) == {"made.mean", "made.eye"}
    np.testing.assert_allclose(found.readings["made.mean"], images(3).mean(axis=(1, 2, 3)))
    np.testing.assert_array_equal(found.readings["made.eye"], landmarks[:, 36])


def test_what_was_read_is_not_read_again(kept, reader, comparing, monkeypatch):
    clips = [clip(1, driving=driving(7), is_truth=True), clip(2), clip(3, driving=driving(8))]
    first = read(kept, clips, reader, comparing)
    assert len(reader.calls()) == 6

    def none(*_):
        raise AssertionError("the faces were found before")

    monkeypatch.setattr(reading, "find_faces", none)
    assert_alike(read(kept, clips, reader, comparing), first)
    assert reader.calls() == []


def test_one_clip_that_is_read_twice_is_read_once(kept, reader):
    first, again = read(kept, [clip(1), clip(1)], reader)
    assert_alike([first], [again])
    assert len(reader.calls()) == 1


def test_only_a_picture_that_changed_is_read_anew(kept, reader):
    read(kept, [clip(1), clip(2)], reader)
    reader.calls()
    changed = clip(2)
    changed.images[1, 63, 63, 2] += 1
    found = read(kept, [clip(1), changed], reader)
    assert len(reader.calls()) == 1
    np.testing.assert_allclose(found[1].readings["made.mean"], changed.images.mean(axis=(1, 2, 3)))


def test_the_landmarks_that_stand_in_decide_what_is_read(kept, reader):
    before = read(kept, [clip(1), clip(1)._replace(stand_in=None)], reader)
    assert len(reader.calls()) == 2 and (before[0].landmarks != before[1].landmarks).any()
    read(kept, [clip(1)._replace(stand_in=FACE[None] + 3)], reader)
    assert len(reader.calls()) == 1


def test_another_reader_of_the_name_reads_anew(kept, reader):
    before = read(kept, [clip(1)], reader)
    reader.calls()
    newer = replace(reader, version="2", offset=5.0)
    after = read(kept, [clip(1)], newer)
    assert len(reader.calls()) == 1
    np.testing.assert_allclose(after[0].readings["made.mean"], before[0].readings["made.mean"] + 5)
    assert_alike(read(kept, [clip(1)], reader), before)
    assert reader.calls() == [], "what the first read is still there"


def test_a_further_reader_leaves_the_others_work(kept, reader, comparing):
    read(kept, [clip(1)], reader)
    reader.calls()
    (found,) = read(kept, [clip(1)], reader, replace(reader, name="more"), comparing)
    assert [line.split()[0] for line in reader.calls()] == ["more", "compared"]
    assert set(found.readings) == {"made.mean", "made.eye", "more.mean", "more.eye"}


def test_readers_that_compare_read_anew_where_the_driving_frames_differ(kept, reader, comparing):
    def count(**more) -> tuple[list[str], dict[str, np.ndarray]]:
        (found,) = read(kept, [clip(1, **more)], reader, comparing)
        return [line.split()[0] for line in reader.calls()], dict(found.readings)

    first, readings = count(driving=driving(7), is_truth=True)
    assert first == ["made", "compared"]
    np.testing.assert_allclose(readings["compared.off"], images(1).mean(axis=(1, 2, 3)) - images(7).mean(axis=(1, 2, 3)))
    again, other = count(driving=driving(8), is_truth=True)
    assert again == ["compared"] and (other["compared.off"] != readings["compared.off"]).all()
    moved = replace(driving(7), landmarks=driving(7).landmarks + 1)
    assert count(driving=moved, is_truth=True)[0] == ["compared"]
    no_truth, without = count(driving=driving(7), is_truth=False)
    assert no_truth == ["compared"] and "compared.off" not in without
    assert count()[0] == ["compared"]
    assert count(driving=driving(7), is_truth=True)[0] == [], "and all of these are kept beside each other"
    assert count(driving=driving(7), is_truth=False)[0] == [], "nothing is kept, too"


@pytest.mark.parametrize(
    "changed", ["faces/detector.py", "metrics/backends/dlib_face.py", "face3d/fit/solve.py", "evaluation/face_finder.py"]
)
def test_code_that_changed_reads_anew(tmp_path, kept, reader, monkeypatch, changed):
    """What an older rule for finding faces found must not be taken for what this one finds."""
    read(kept, [clip(1)], reader)
    package = Path(reenact.__path__[0])
    copied = tmp_path / "reenact"
    shutil.copytree(package, copied, ignore=lambda folder, names: [name for name in names if not name.endswith(".py") and "." in name])
    monkeypatch.setattr(reenact, "__path__", [str(copied)])
    monkeypatch.setattr(reading, "_code", reading._code.__wrapped__)
    (copied / "cli.py").write_text("other code")
    reader.calls()
    read(kept, [clip(1)], reader)
    assert reader.calls() == [], "the command line decides nothing"
    (copied / changed).open("a").write("# changed")
    read(kept, [clip(1)], reader)
    assert len(reader.calls()) == 1


def test_several_processes_read_the_same_in_the_same_order(tmp_path, reader, comparing):
    clips = [clip(seed % 9, driving=driving(7), is_truth=True) for seed in range(12)]
    clips[4] = Pictures(images(4, count=40), FACE[None], driving=driving(7))  # takes longer than those after it
    one = read(tmp_path / "one", clips, reader, comparing)
    assert len(reader.calls()) == 2 * 9, "three of them are given twice"
    two = read(tmp_path / "two", clips, reader, comparing, workers=2)
    assert_alike(one, two)
    for found, given in zip(two, clips, strict=True):
        np.testing.assert_allclose(found.readings["made.mean"], given.images.mean(axis=(1, 2, 3)))
    reader.calls()
    assert_alike(read(tmp_path / "two", clips, reader, comparing), one)
    assert reader.calls() == [], "what one process kept serves all"
    assert {path.name for path in (tmp_path / "one").iterdir()} == {path.name for path in (tmp_path / "two").iterdir()}


def test_clips_are_taken_as_they_are_needed(kept, reader):
    """Pictures of all would not fit in memory."""
    taken = []

    def clips() -> Iterator[Pictures]:
        for seed in range(5):
            taken.append(seed)
            yield clip(seed)

    with ClipReader({"made": reader}, kept) as opened:
        found = opened.read(clips())
        next(found)
        assert taken == [0]
        next(found)
        assert taken == [0, 1]


def test_an_evaluation_that_was_stopped_goes_on_where_it_was(kept, reader):
    clips = [clip(seed) for seed in range(4)]

    def stops() -> Iterator[Pictures]:
        yield from clips[:3]
        raise KeyboardInterrupt

    with ClipReader({"made": reader}, kept) as opened, pytest.raises(KeyboardInterrupt):
        list(opened.read(stops()))
    assert len(reader.calls()) == 3
    assert len(read(kept, clips, reader)) == 4
    assert len(reader.calls()) == 1


def test_what_is_of_no_use_any_more_is_forgotten(kept, reader):
    read(kept, [clip(seed) for seed in range(4)], reader)
    (kept / "notes.txt").write_text("not of this reader")
    all_files = set(kept.glob("*.npz"))
    with ClipReader({"made": reader}, kept) as opened:
        list(opened.read([clip(1)]))
        list(opened.read([clip(3)]))
        opened.forget_others()
    left = set(kept.glob("*.npz"))
    assert len(all_files) == 4 * 2 and len(left) == 2 * 2 and left < all_files and (kept / "notes.txt").exists()
    reader.calls()
    read(kept, [clip(1), clip(3)], reader)
    assert reader.calls() == []
    read(kept, [clip(0), clip(2)], reader)
    assert len(reader.calls()) == 2


def test_nothing_but_whole_files_is_kept(kept, reader):
    read(kept, [clip(1)], reader)
    assert all(path.suffix == ".npz" and not path.name.startswith(".") for path in kept.iterdir())
