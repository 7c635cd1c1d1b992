from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.evaluation.stored import open_stored
from reenact.reenactment.portrait import read_target
from reenact.reenactment.reenactor import Reenactor
from reenact.report.portrait_sheet import PortraitSheet, portrait_sheet
from reenact.report.sheets import draw_sheet
from reenact.shards.frames import FrameStore
from reenact.workspace import PREDICTIONS, TESTSETS
from tests.support.made_workspace import PARAMS
from tests.support.reenactment import faces, folder, models, reenactor
from tests.support.scenes import save, scene

__all__ = ["faces", "folder", "models", "reenactor"]


@pytest.fixture
def testset(workspace):
    store = FrameStore(workspace.shards(PARAMS, "test"))
    return open_stored(store, workspace.path(TESTSETS), workspace.path(PREDICTIONS))["crosstest"].testset


@pytest.fixture
def album(tmp_path: Path, faces: list[np.ndarray]) -> Path:
    """Two portraits, an empty room, a text, a hidden file and a folder."""
    album = tmp_path / "album"
    (album / "sub").mkdir(parents=True)
    save(album / "b.png", scene((faces[0], 30, 30, 1)))
    save(album / "c.png", scene((faces[1], 30, 30, 1)))
    save(album / "a-room.png", scene())
    (album / "notes.txt").write_text("who is who")
    (album / ".hidden.png").write_bytes(b"")
    return album


@pytest.fixture
def shown(album: Path, testset, reenactor: Reenactor) -> PortraitSheet:
    return portrait_sheet(album, testset, 0, reenactor)


def test_each_portrait_follows_the_same_frames_of_the_driver(shown, album, testset, reenactor):
    pictures, landmarks = testset.driving(0)
    assert len(pictures) == 3
    assert [row.label for row in shown.sheet.rows] == ["driver", "b", "c"]
    assert list(shown.sheet.columns) == ["portrait", "frame 1", "frame 2", "frame 3"]
    np.testing.assert_array_equal(np.stack(shown.sheet.rows[0].pictures[1:]), pictures)
    for row, name in zip(shown.sheet.rows[1:], ("b.png", "c.png"), strict=True):
        target = read_target(album / name, None, reenactor.generator.crop, 64, 128)
        encoded = reenactor.encode(target.picture, target.landmarks)
        made = reenactor.generate(encoded, reenactor.transferred(encoded, landmarks, landmarks[0]), 3)
        np.testing.assert_array_equal(row.pictures[0], target.shown)
        np.testing.assert_array_equal(np.stack(row.pictures[1:]), made)
    assert draw_sheet(shown.sheet).size == (104 + 4 * 132, 26 + 3 * 132)


def test_what_cannot_be_shown_is_named_with_its_reason(shown):
    assert shown.left_out == ["a-room.png: no face was found", "notes.txt is no picture that can be read"]
    assert shown.more == 0


def test_the_first_eight_by_name_are_shown_and_the_rest_counted(album, testset, reenactor):
    for number in range(10):
        shutil.copy(album / "b.png", album / f"0{number}.png")
    (album / "b.png").rename(album / "00-a-portrait-with-a-very-long-name.png")
    found = portrait_sheet(album, testset, 0, reenactor)
    labels = [row.label for row in found.sheet.rows]
    assert labels[2:] == ["00", "01", "02", "03", "04", "05", "06"] and found.left_out == []
    assert labels[1].startswith("00-a-portrait") and labels[1].endswith("…") and len(labels[1]) < 20
    assert found.more == 6  # 07, 08, 09, a-room, c and notes


def test_a_folder_without_a_face_gives_no_sheet(album, testset, reenactor):
    for name in ("b.png", "c.png"):
        (album / name).unlink()
    found = portrait_sheet(album, testset, 0, reenactor)
    assert found.sheet is None and len(found.left_out) == 2
    with pytest.raises(ReenactError, match="is missing; name a folder of portraits"):
        portrait_sheet(album / "none", testset, 0, reenactor)
