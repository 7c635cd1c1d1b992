"""Where samples lie and what they mean, by the standards' own formulas."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.video.encode import VideoWriter
from reenact.video.mp4 import begins_as_mp4, count_indices, has_encrypted_pictures, says_upright
from reenact.video.orientation import Orientation
from reenact.video.picture import Geometry
from reenact.video.timed_write import TimedWriter
from reenact.video.yuv import Plane, YuvPlanes, rgb_matrix
from tests.support.media import ffmpeg, ffprobe

# ITU-T H.273, table 4: the weights of red and blue by the matrix's number.
WEIGHTS = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}


@pytest.mark.parametrize("full_range", [True, False])
@pytest.mark.parametrize("number", WEIGHTS)
def test_every_matrix_undoes_the_standards_formula(number, full_range):
    """Equations 38 to 40 make luma and differences of RGB, 20 ff. codes of these; the matrix leads back."""
    red, blue = WEIGHTS[number]
    rgb = np.random.default_rng(number).uniform(0, 1, (20, 3))
    luma = rgb @ [red, 1 - red - blue, blue]
    differences = (rgb[:, 2] - luma) / (2 * (1 - blue)), (rgb[:, 0] - luma) / (2 * (1 - red))
    if full_range:
        codes = [255 * luma, *(255 * each + 128 for each in differences)]
    else:
        codes = [219 * luma + 16, *(224 * each + 128 for each in differences)]
    found = rgb_matrix(number, full_range) @ np.stack([*codes, np.ones(20)])
    np.testing.assert_allclose(found.T, 255 * rgb, atol=1e-9)


@pytest.mark.parametrize("first", [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5)])
@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("turns", [1, 2, 3, 4])
def test_samples_turn_with_the_place_that_they_stand_for(turns, step, first):
    """Each sample's luma pixel, turned as a point is: (x, y) of a picture `width` wide goes to (y, width - 1 - x)."""
    rows, columns = 3, 4
    samples = np.arange(rows * columns, dtype=np.uint8).reshape(rows, columns)
    width, height = columns * step, rows * step
    places = {}
    for row in range(rows):
        for column in range(columns):
            x, y, size = first[0] + step * column, first[1] + step * row, (width, height)
            for _ in range(turns):
                x, y, size = y, size[0] - 1 - x, size[::-1]
            places[int(samples[row, column])] = (x, y)
    plane, size = Plane(samples, step, *first), (width, height)
    for _ in range(turns):
        plane, size = plane.turned(size[0]), size[::-1]
    for value, (x, y) in places.items():
        column, row = plane.from_luma(x, y)
        assert (row, column) == (round(row), round(column))
        assert plane.samples[round(row), round(column)] == value


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_luma_and_pictures_turn_counter_clockwise(turns):
    image = np.random.default_rng(0).integers(16, 236, (4, 6), dtype=np.uint8)
    orientation = Orientation(turns=turns)
    np.testing.assert_array_equal(orientation.shown(image), np.rot90(image, turns))
    assert orientation.shown(image).flags.c_contiguous
    chroma = Plane(np.full((2, 3), 128, np.uint8), 2, 0, 0.5)
    planes = YuvPlanes((Plane(np.rot90(image, turns), 1, 0, 0), chroma, chroma), full_range=False, matrix=1, orientation=orientation)
    expected = np.rint((image.astype(float) - 16) * 255 / 219)
    np.testing.assert_array_equal(planes.luma(), np.rot90(expected, turns))
    full = YuvPlanes(planes.planes, full_range=True, matrix=1, orientation=orientation)
    np.testing.assert_array_equal(full.luma(), np.rot90(image, turns))


@pytest.mark.parametrize(("turns", "shape"), [(0, (20, 30)), (1, (30, 20)), (2, (20, 30)), (3, (30, 20))])
def test_a_geometry_is_shown_turned(turns, shape):
    assert Geometry(30, 20, Orientation(turns=turns)).shape == shape


@pytest.mark.parametrize(("bits", "pixels"), [(9, "yuv420p9le"), (12, "yuv420p12le"), (14, "yuv420p14le"), (16, "yuv420p16le")])
@pytest.mark.parametrize("full_range", [True, False])
def test_every_depth_is_brought_to_eight_bits(bits, pixels, full_range):
    """Full range ends at the largest code; codes of other ranges double with each bit."""
    from av.video.reformatter import ColorRange

    from reenact.video.yuv import yuv_planes

    levels = np.linspace(0, 2**bits - 1, 64).astype(np.uint16)
    frame = av.VideoFrame(64, 4, pixels)
    for plane in frame.planes:
        data = np.zeros((plane.height, plane.line_size // 2), np.uint16)
        data[:, : plane.width] = levels[:: 64 // plane.width]
        plane.update(data.tobytes())
    frame.color_range = ColorRange.JPEG if full_range else ColorRange.MPEG
    found = yuv_planes(frame).planes
    scale = 255 / (2**bits - 1) if full_range else 2.0 ** (8 - bits)
    for plane in found:
        expected = (levels[:: 64 // plane.samples.shape[1]] * scale).clip(0, 255)
        assert plane.samples.dtype == np.uint8 and np.abs(plane.samples[0] - expected).max() <= 0.51


def film(path: Path, crf: int | None = None, **options: object) -> Path:
    rng = np.random.default_rng(0)
    extra = {} if crf is None else {"crf": crf}
    with TimedWriter(path, (96, 64), Fraction(1, 1000), Fraction(25), **extra, **options) as video:
        for k in range(6):
            video.write(rng.integers(0, 256, (64, 96, 3), dtype=np.uint8), 40 * k, 40)
    return path


def test_a_lower_crf_keeps_more_and_18_is_the_usual_one(tmp_path):
    sizes = {crf: film(tmp_path / f"{crf}.mp4", crf).stat().st_size for crf in (1, 17, 18, 40)}
    assert sizes[1] > sizes[17] > sizes[18] > sizes[40]
    assert film(tmp_path / "usual.mp4").read_bytes() == (tmp_path / "18.mp4").read_bytes()
    written = []
    for crf in ({}, {"crf": 18}, {"crf": 1}):
        with VideoWriter(tmp_path / "a.mp4", (96, 64), **crf) as video:
            for k in range(3):
                video.write(np.random.default_rng(k).integers(0, 256, (64, 96, 3), dtype=np.uint8))
        written.append((tmp_path / "a.mp4").read_bytes())
    assert written[0] == written[1] and len(written[2]) > 1.5 * len(written[0])


def test_colours_are_marked_as_bt709_throughout(tmp_path):
    film(tmp_path / "timed.mp4")
    with VideoWriter(tmp_path / "steady.mp4", (96, 64)) as video:
        video.write(np.zeros((64, 96, 3), np.uint8))
    for name in ("timed", "steady"):
        (stream,) = ffprobe(tmp_path / f"{name}.mp4")["streams"]
        assert [stream[key] for key in ("color_space", "color_primaries", "color_transfer", "color_range")] == ["bt709"] * 3 + ["tv"]
        assert stream.get("has_b_frames", 0) == 0 or name == "steady"
    assert "comment" not in ffprobe(tmp_path / "timed.mp4")["format"].get("tags", {})


def test_every_frame_is_shown_as_long_as_it_was_said(tmp_path):
    lengths = [40, 7, 300, 1, 52]
    with TimedWriter(tmp_path / "a.mp4", (96, 64), Fraction(1, 1000), Fraction(25)) as video:
        at = 0
        for length in lengths:
            video.write(np.zeros((64, 96, 3), np.uint8), at, length)
            at += length
    packets = ffprobe(tmp_path / "a.mp4", "-show_entries", "packet=pts_time,duration_time")["packets"]
    assert [float(packet["duration_time"]) for packet in packets] == pytest.approx([length / 1000 for length in lengths], abs=6e-4)


@pytest.mark.parametrize("size", [(63, 48), (64, 47)])
def test_either_odd_side_is_refused(tmp_path, size):
    with pytest.raises(ReenactError, match=f"{size[0]}×{size[1]}"):
        VideoWriter(tmp_path / "a.mp4", size)


# Boxes of an MP4 file


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("boxes") / "clip.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=0.2", "-c:v", "libx264", path)
    return path


def test_upright_is_what_no_header_turns(clip, tmp_path):
    assert says_upright(clip) and begins_as_mp4(clip) and count_indices(clip) == 1
    data = clip.read_bytes()
    # tkhd of version 0: the matrix begins 40 bytes into the box's content, its rows have 12 bytes.
    at = data.index(b"tkhd") + 4 + 40
    one = bytes([0, 1, 0, 0])
    assert data[at : at + 4] == one and data[at + 16 : at + 20] == one
    for place, value in ((0, b"\xff\xff\0\0"), (4, one), (12, one), (16, b"\xff\xff\0\0")):
        changed = tmp_path / "changed.mp4"
        changed.write_bytes(data[: at + place] + value + data[at + place + 4 :])
        assert not says_upright(changed), place
    movie = data.index(b"mvhd") + 4 + 36
    turned = tmp_path / "movie.mp4"
    turned.write_bytes(data[:movie] + b"\xff\xff\0\0" + data[movie + 4 :])
    assert not says_upright(turned)


def box(kind: bytes, content: bytes, *, long: bool = False) -> bytes:
    if long:
        return (1).to_bytes(4) + kind + (16 + len(content)).to_bytes(8) + content
    return (8 + len(content)).to_bytes(4) + kind + content


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (box(b"ftyp", b"isom") + box(b"mdat", bytes(50)) + box(b"moov", bytes(9)), True),
        (box(b"ftyp", b"isom") + box(b"mdat", bytes(50), long=True) + box(b"moov", b""), True),
        (box(b"ftyp", b"isom") + (0).to_bytes(4) + b"mdat" + bytes(50) + box(b"moov", b""), False),  # to the file's end
        (box(b"ftyp", b"isom") + (90).to_bytes(4) + b"mdat" + bytes(50), False),  # cut off
        (box(b"ftyp", b"isom") + (4).to_bytes(4) + b"mdat" + bytes(50) + box(b"moov", b""), False),  # no size of a box
        (box(b"ftyp", box(b"moov", b"")), False),  # within another
        (b"", False),
    ],
)
def test_the_index_is_found_among_the_outermost_boxes(tmp_path, data, found):
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    assert (count_indices(path) > 0) == found
    assert begins_as_mp4(path) == bool(data)


def header(kind: bytes, version: int, number: int = 1, turned: bool = False) -> bytes:
    """A movie's or a track's header (ISO 14496-12, 8.2.2 and 8.3.2); a version of 1 has times of eight bytes."""
    long, wide = (">Q", 8) if version else (">I", 4)
    times = bytes(2 * wide) + number.to_bytes(4) + (bytes(4) if kind == b"tkhd" else b"") + struct.pack(long, 100)
    matrix = struct.pack(">9i", *((0, 65536, 0, -65536, 0, 0) if turned else (65536, 0, 0, 0, 65536, 0)), 0, 0, 1 << 30)
    return box(kind, bytes([version, 0, 0, 0]) + times + bytes(16) + matrix + bytes(24))


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("turned", [None, b"mvhd", b"tkhd"])
def test_headers_of_either_version_say_whether_pictures_are_turned(tmp_path, version, turned):
    movie, track = (header(kind, version, turned=turned == kind) for kind in (b"mvhd", b"tkhd"))
    (tmp_path / "a.mp4").write_bytes(box(b"ftyp", b"isom") + box(b"moov", movie + box(b"trak", track)))
    assert says_upright(tmp_path / "a.mp4") == (turned is None)


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(("kind", "encrypted"), [(b"encv", True), (b"drmi", True), (b"avc1", False)])
def test_only_the_tracks_own_entries_say_that_it_is_encrypted(tmp_path, version, kind, encrypted):
    def track(number: int, entry: bytes) -> bytes:
        table = box(b"stsd", bytes(8) + box(entry, bytes(70)))
        return box(b"trak", header(b"tkhd", version, number) + box(b"mdia", box(b"minf", box(b"stbl", table))))

    (tmp_path / "a.mp4").write_bytes(box(b"ftyp", b"isom") + box(b"moov", track(3, b"mp4a") + track(7, kind)))
    assert has_encrypted_pictures(tmp_path / "a.mp4", 7) == encrypted
    assert not has_encrypted_pictures(tmp_path / "a.mp4", 3) and not has_encrypted_pictures(tmp_path / "a.mp4", 1)
