"""Reading a test set from a folder, whoever wrote it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.shards.frames import FrameStore
from reenact.testsets.export import export_testset
from reenact.testsets.exported import ExportedTestSet
from reenact.testsets.items import read_items
from reenact.workspace import TESTSETS, Workspace
from tests.support.made_workspace import PARAMS, make_shard, make_testsets

SIZE = 64


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[FrameStore, Workspace, Path]:
    """Test shards, their workspace, and SelfTest and CrossTest as folders of those names beside them."""
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    make_shard(workspace, "test")
    make_testsets(workspace)
    store, folder = FrameStore(workspace.shards(PARAMS, "test")), tmp_path_factory.mktemp("exported")
    for kind in ("selftest", "crosstest"):
        items, sha256 = read_items(workspace.path(TESTSETS, f"{kind}.json"), kind)
        export_testset(kind, items, sha256, store, folder / kind, SIZE)
    return store, workspace, folder


@pytest.fixture
def folder(made, tmp_path) -> Path:
    """An exported CrossTest that a test may change."""
    return Path(shutil.copytree(made[2] / "crosstest", tmp_path / "crosstest"))


@pytest.mark.parametrize("kind", ["selftest", "crosstest"])
def test_what_was_written_is_read_again(made, kind):
    store, workspace, folder = made
    items, sha256 = read_items(workspace.path(TESTSETS, f"{kind}.json"), kind)
    found = ExportedTestSet(folder / kind)
    assert (found.kind, found.sha256, found.size) == (kind, sha256, SIZE)
    for item, pair in zip(items, found.pairs, strict=True):
        assert (pair.number, pair.target_subject, pair.driver_subject) == (item.number, item.target.subject, item.driver.subject)
        assert (pair.frames, pair.lead) == (item.frames, int(kind == "selftest"))
        expected, points = store.get(*item.driver, item.frames, SIZE)
        images, landmarks = found.driving(item.number)
        np.testing.assert_array_equal(images, expected)
        np.testing.assert_array_equal(landmarks, points)
        assert images.dtype == np.uint8 and landmarks.dtype == np.float32
        (picture,), (of_target,) = store.get(*item.target, [item.target_frame], SIZE)
        image, landmarks = found.target(item.number)
        np.testing.assert_array_equal(image, picture)
        np.testing.assert_array_equal(landmarks, of_target)


def by_hand(folder: Path, **about) -> Path:
    """The least that a test set needs, of grey pictures: two pairs of two frames each."""
    described = {
        "format": "reenact-testset",
        "version": 1,
        "kind": "crosstest",
        "size": 16,
        "pairs": [
            {"target_subject": "a", "driver_subject": "b", "frames": [0, 1]},
            {"target_subject": "b", "driver_subject": "a", "frames": [4, 9]},
        ],
    }
    for pair in range(2):
        for name in (f"targets/{pair:04d}.png", f"drivers/{pair:04d}/000000.png", f"drivers/{pair:04d}/000001.png"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / name), np.full((16, 16, 3), 100 * pair + int(name[-5]), np.uint8))
    (folder / "testset.json").write_text(json.dumps(described | about))
    return folder


def test_a_folder_made_by_hand_needs_neither_landmarks_nor_hashes(tmp_path):
    found = ExportedTestSet(by_hand(tmp_path))
    assert [(pair.number, pair.frames, pair.lead) for pair in found.pairs] == [(0, (0, 1), 0), (1, (4, 9), 0)]
    images, landmarks = found.driving(1)
    assert landmarks is None and images[:, 0, 0, 0].tolist() == [100, 101]
    assert found.target(1)[1] is None
    other = tmp_path / "other"
    assert ExportedTestSet(by_hand(other)).sha256 == found.sha256 != ExportedTestSet(by_hand(other, note="x")).sha256


def test_a_lead_made_by_hand_is_no_driving_frame(tmp_path):
    pairs = [{"number": 1, "target_subject": "b", "driver_subject": "a", "lead": 1, "frames": [9]}]
    found = ExportedTestSet(by_hand(tmp_path, pairs=pairs))
    assert found.driving(1)[0][:, 0, 0, 0].tolist() == [101]


def test_pictures_of_another_size_are_named_at_once(tmp_path):
    with pytest.raises(ReenactError, match=r"0000\.png is 16×16, and testset\.json says 32×32"):
        ExportedTestSet(by_hand(tmp_path, size=32))


@pytest.mark.parametrize(
    ("text", "said"), [("[]", "does not describe a test set"), ("{", "is damaged"), (None, "is missing; name the folder")]
)
def test_another_folder_is_refused(tmp_path, text, said):
    if text is not None:
        (tmp_path / "testset.json").write_text(text)
    with pytest.raises(ReenactError, match=rf"testset\.json {said}"):
        ExportedTestSet(tmp_path)


@pytest.mark.parametrize("name", ["targets/0001.png", "drivers/0001/000001.png"])
def test_missing_pictures_are_named(tmp_path, folder, name):
    mine = by_hand(tmp_path / "mine")
    for place, said in ((mine, "put it there"), (folder, "copy the whole folder anew")):
        (place / name).unlink()
        with pytest.raises(ReenactError, match=rf"{name} is missing; {said}"):
            ExportedTestSet(place)


@pytest.mark.parametrize("name", ["targets/0000.png", "drivers/0001.mp4", "landmarks.csv", "pairs.csv"])
def test_changed_files_are_named(folder, name):
    ExportedTestSet(folder)
    with (folder / name).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(ReenactError, match=rf"{name} was changed: it lacks the hash in testset\.json; export the test set again"):
        ExportedTestSet(folder)


def test_files_that_tools_leave_do_no_harm(folder):
    (folder / "drivers" / "0000.pkl").write_bytes(b"what LivePortrait keeps of a driver")
    (folder / "README.md").write_text("my own notes")
    assert ExportedTestSet(folder).driving(0)[0].shape == (3, SIZE, SIZE, 3)


def without_hashes(folder: Path) -> Path:
    about = json.loads((folder / "testset.json").read_text())
    del about["files"]
    (folder / "testset.json").write_text(json.dumps(about))
    return folder / "landmarks.csv"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [line for line in lines if "000001" not in line], r"has no row for drivers/0000/000001\.png"),
        (lambda lines: [line.replace("x67", "x99") for line in lines], r"is damaged \(.*x67"),
        (lambda lines: [line.replace("file", "name") for line in lines], r"is damaged \(.*file"),
        (lambda lines: [lines[0], *(line.rsplit(",", 1)[0] + ",nan" for line in lines[1:])], "a coordinate is missing or not finite"),
        (lambda lines: [lines[0], *(line.rsplit(",", 1)[0] + ",inf" for line in lines[1:])], "a coordinate is missing or not finite"),
        (lambda lines: [lines[0], *(line.rsplit(",", 1)[0] + "," for line in lines[1:])], "a coordinate is missing or not finite"),
        (lambda lines: [lines[0], *(line.rsplit(",", 1)[0] + ",left" for line in lines[1:])], "is damaged"),
        (lambda lines: [lines[0], *(line.rsplit(",", 1)[0] for line in lines[1:])], r"is damaged \(.*Expected 137 columns, got 136"),
        (lambda lines: [*lines, lines[1]], r"more than one row for targets/0000\.png"),
        (lambda lines: [lines[0], *(line.rsplit(",", 1)[0] + ",1e9" for line in lines[1:])], "give pixels"),
        (lambda lines: [lines[0], *(line.split(",")[0] + ",0.5" * 136 for line in lines[1:])], "give pixels"),
        (lambda lines: [lines[0]], r"has no row for targets/0000\.png"),
        (lambda lines: [], r"is damaged \(.*[Ee]mpty"),
        (lambda lines: ["\0" * 40], "is damaged"),
    ],
)
def test_landmarks_that_are_wrong_are_refused_at_once(folder, change, said):
    path = without_hashes(folder)
    path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))
    with pytest.raises(ReenactError, match=rf"landmarks\.csv.*{said}"):
        ExportedTestSet(folder)


def test_a_folder_without_landmarks_has_none(folder):
    without_hashes(folder).unlink()
    assert ExportedTestSet(folder).driving(0)[1] is None


def test_the_list_of_pairs_is_for_other_programs_alone(folder):
    """What a hand wrote into pairs.csv changes nothing here."""
    without_hashes(folder)
    (folder / "pairs.csv").write_bytes(b"\xff\0 no,table\n")
    assert [pair.number for pair in ExportedTestSet(folder).pairs] == [0, 1]
