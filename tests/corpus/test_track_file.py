from __future__ import annotations

import numpy as np
import pytest

from reenact.corpus.track_file import read_track
from reenact.errors import ReenactError

HEAD = "Identity  : \tA.J._Buckley\nReference : \t1zcIwhmdeo4\nOffset    : \t1\nFV Conf   : \t16.8\t(1)\nASD Conf  : \t4.0\n\n"
COLUMNS = "FRAME \tX \tY \tW \tH \n"
ROW = "000010\t100\t50\t90\t91 \n"
VOXCELEB2 = """Identity  : \tid00017
Reference : \t_mjZ87sK6cA
Offset    : \t2
FV Conf   : \t16.140\t(1)
ASD Conf  : \t5.142

FRAME \tX \tY \tW \tH 
008809 \t0.125 \t0.25 \t0.375 \t0.5 
008810 \t-0.05 \t0.25 \t0.375 \t0.5 
"""  # noqa: W291


def outer_edges(picture):
    """The outer edges of what is bright, pixel centres at whole numbers."""
    rows, columns = np.nonzero(picture.any(axis=1))[0], np.nonzero(picture.any(axis=0))[0]
    return [columns[0] - 0.5, rows[0] - 0.5, columns[-1] + 0.5, rows[-1] + 0.5]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_voxceleb1s_boxes_are_pixels_of_360_lines(tmp_path, write_track, times):
    picture = np.zeros((360, 640), np.uint8)
    picture[50:141, 100:190] = 1
    track = read_track(write_track(tmp_path / "00001.txt", [(7, 100, 50, 90, 91), (8, 0, 0, 640, 360)]))
    larger = picture.repeat(times, axis=0).repeat(times, axis=1)
    boxes = track.boxes(640 * times, 360 * times)
    assert track.frames.tolist() == [7, 8] and track.frames.dtype == np.int64
    assert boxes.dtype == np.float64
    np.testing.assert_allclose(boxes[0], outer_edges(larger))
    np.testing.assert_allclose(boxes[1], outer_edges(np.ones_like(larger)))


def test_voxceleb2s_boxes_are_parts_of_width_and_height(tmp_path):
    (tmp_path / "00001.txt").write_text(VOXCELEB2)
    track = read_track(tmp_path / "00001.txt")
    assert track.frames.tolist() == [8809, 8810]
    np.testing.assert_allclose(track.boxes(800, 400), [[99.5, 99.5, 399.5, 299.5], [-40.5, 99.5, 259.5, 299.5]])


@pytest.mark.parametrize(
    "content",
    [
        (HEAD + COLUMNS + ROW).replace("\n", "\r\n").encode(),
        (HEAD + COLUMNS + ROW + "\n \n").encode(),
        (HEAD + COLUMNS + ROW).rstrip().encode(),
        (HEAD + COLUMNS + ROW).replace("\t", "   ").encode(),
        (HEAD.replace("A.J._Buckley", "Zoë") + COLUMNS + ROW).encode("latin-1"),
        (HEAD + "FRAME X Y W H SCORE\n" + ROW.replace(" \n", "\t0.5\n")).encode(),
    ],
    ids=["CRLF", "blank lines at the end", "no last newline", "blanks for tabs", "Latin-1", "one more column"],
)
def test_what_differs_harmlessly_is_read(tmp_path, content):
    (tmp_path / "00001.txt").write_bytes(content)
    track = read_track(tmp_path / "00001.txt")
    assert track.frames.tolist() == [10]
    np.testing.assert_allclose(track.boxes(640, 360), [[99.5, 49.5, 189.5, 140.5]])


def test_frames_may_leave_gaps(tmp_path, write_track):
    assert read_track(write_track(tmp_path / "a.txt", [(n, 1, 1, 40, 40) for n in (3, 4, 9)])).frames.tolist() == [3, 4, 9]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "no line begins with FRAME"),
        (HEAD, "no line begins with FRAME"),
        (HEAD + COLUMNS, "no row follows"),
        (HEAD + "FRAME \tX \tY \n" + "000010\t100\t50\n", "line 7: there is no column W, H"),
        (HEAD + COLUMNS + ROW + "000011\t100\t50\t90\n", "line 9: 4 cells below 5"),
        (HEAD + COLUMNS + ROW + "000011\t100\tfifty\t90\t91\n", "line 9: .*fifty.* no number"),
        (HEAD + COLUMNS + ROW + "000011\t100\tnan\t90\t91\n", "line 9: a number is not finite"),
        (HEAD + COLUMNS + "000010\t100\t50\tinf\t91\n", "line 8: a number is not finite"),
        (HEAD + COLUMNS + ROW + "\n000011\t100\t50\t-90\t91\n", "line 10: the box has no size"),
        (HEAD + COLUMNS + ROW + "000011\t100\t50\t90\t0\n", "line 9: the box has no size"),
        (HEAD + COLUMNS + ROW + ROW, "line 9: the frame does not come after"),
        (HEAD + COLUMNS + ROW + "000009\t100\t50\t90\t91\n", "line 9: the frame does not come after"),
        (HEAD + COLUMNS + "-1\t100\t50\t90\t91\n", "line 8: the frame is no index"),
        (HEAD + COLUMNS + "1.5\t100\t50\t90\t91\n", "line 8: the frame is no index"),
        (HEAD + COLUMNS + "1e30\t100\t50\t90\t91\n", "line 8: the frame is no index"),
        (HEAD + COLUMNS + ROW + "\0" * 100, "line 9: 1 cells below 5"),
        (HEAD + COLUMNS + ROW + "000011\t1_00\t50\t90\t91\n", "holds rows that cannot be read"),
        (HEAD + COLUMNS + ROW + "\n" * 17 * 2**20, "over 16 MiB"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path, content, what):
    (tmp_path / "00042.txt").write_text(content)
    with pytest.raises(ReenactError, match=rf"(?s)00042\.txt.*{what}"):
        read_track(tmp_path / "00042.txt")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ReenactError, match=r"00001\.txt is missing.*`reenact manifest`"):
        read_track(tmp_path / "00001.txt")
