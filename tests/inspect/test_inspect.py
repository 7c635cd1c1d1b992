from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from reenact.cli import app
from reenact.errors import ReenactError
from reenact.faces.crop_settings import KEY
from reenact.files import read_json, write_json
from reenact.inspect.drawing import CROP, FITTED, POINTS, SURE
from reenact.video.encode import VideoWriter
from tests.support.heads import upside_down
from tests.support.media import ffmpeg
from tests.support.scenes import SIDE, save, scene


def inspect(path: Path, out: Path, *options: str) -> tuple[str, np.ndarray]:
    result = CliRunner().invoke(app, ["inspect", str(path), "--out", str(out), *options])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output, cv2.imread(str(out))[..., ::-1]


def has(picture: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(picture.astype(int) - colour).max(axis=2) < 25).any())  # lines lie between pixels


def test_a_portrait(folder, tmp_path):
    text, picture = inspect(folder / "portrait.png", tmp_path / "seen.png")
    assert "portrait.png: 1 face\n" in text
    assert picture.shape[1] == 768  # the picture and its crop
    assert all(has(picture[26:410, :384], colour) for colour in (SURE, CROP, POINTS))
    assert all(has(picture[26:410, 384:], colour) for colour in (POINTS, FITTED))


def test_a_video(folder, tmp_path):
    text, picture = inspect(folder / "comes.mp4", tmp_path / "seen.jpg")
    assert "18 frames, 25.00 a second, 12 of them without a face" in text
    assert picture.shape[:2] == (4 * (26 + 384 + 62) + 52, 2 * 768)


def test_the_crop_of_a_generator_is_drawn(folder, models, tmp_path):
    shutil.copytree(models / "fdgan", tmp_path / "fdgan")
    description = read_json(tmp_path / "fdgan" / "model.json")
    write_json(tmp_path / "fdgan" / "model.json", description | {KEY: description[KEY] | {"scale": 1.2}})
    _, usual = inspect(folder / "portrait.png", tmp_path / "usual.png")
    for name, same in ((models / "fdgan", True), (tmp_path / "fdgan", False)):
        text, picture = inspect(folder / "portrait.png", tmp_path / "seen.png", "--generator", str(name))
        assert "portrait.png: 1 face\n" in text and np.array_equal(picture, usual) == same
    with pytest.raises(ReenactError, match=r"ldnet/model\.json: the network 'LDNet' is no generator"):
        inspect(folder / "portrait.png", tmp_path / "none.png", "--generator", str(models / "ldnet"))
    assert not (tmp_path / "none.png").exists()


def test_a_gif_is_a_video(folder, tmp_path):
    ffmpeg("-i", folder / "driver.mp4", "-vf", "fps=5,scale=200:-1", tmp_path / "it.gif")
    assert "frames, 5.00 a second" in inspect(tmp_path / "it.gif", tmp_path / "seen.png")[0]


@pytest.mark.parametrize("name", ["it.mpo", "it.webp", "it.png", "it.tif"])
def test_of_several_pictures_in_a_file_the_first_counts(folder, tmp_path, name):
    picture = Image.open(folder / "portrait.png").convert("RGB")
    picture.save(tmp_path / name, save_all=True, append_images=[Image.new("RGB", picture.size)])
    with Image.open(tmp_path / name) as saved:
        assert saved.n_frames == 2
    assert f"{name}: 1 face\n" in inspect(tmp_path / name, tmp_path / "seen.png")[0]


def test_nobody_there(folder, tmp_path):
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((200, 301, 3), 90, np.uint8))
    text, picture = inspect(tmp_path / "wall.png", tmp_path / "seen.png")
    assert "no face was found" in text and not has(picture, CROP)


def test_a_head_that_is_upside_down(folder, tmp_path):
    turned = scene((upside_down(), 32, 32, 1))
    save(tmp_path / "turned.png", turned)
    text, picture = inspect(tmp_path / "turned.png", tmp_path / "seen.png")
    assert "turned.png: no face was found (landmarks fit no face)" in text
    assert has(picture, SURE) and not has(picture[26:-52], CROP) and not has(picture[26:-52], POINTS)
    with VideoWriter(tmp_path / "turned.mp4", (SIDE, SIDE)) as video:
        for _ in range(9):
            video.write(turned)
    text, _ = inspect(tmp_path / "turned.mp4", tmp_path / "seen.png")
    assert "9 frames, 25.00 a second, 9 of them without a face (9: landmarks fit no face)" in text


def test_what_cannot_be_drawn(folder, tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    for path, out, words in (
        (tmp_path / "text.mp4", "seen.png", "cannot be read as a video"),
        (tmp_path / "gone.png", "seen.png", "is missing; name a picture or a video"),
        (folder / "portrait.png", "seen.h5", "must be a picture file that ends with"),
        (folder / "portrait.png", folder / "portrait.png", "would replace"),
        (folder / "portrait.png", "/proc/nowhere/seen.png", "cannot be written"),
    ):
        with pytest.raises(ReenactError, match=words):
            inspect(path, tmp_path / out)


def test_frames_are_spread_over_all_of_a_video_with_a_break(folder, tmp_path):
    paused = ["-vf", "settb=1/1000,setpts=N*40+gte(N\\,12)*1200000", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    ffmpeg("-i", folder / "silent.mp4", *paused, tmp_path / "pause.mkv")
    text, picture = inspect(tmp_path / "pause.mkv", tmp_path / "seen.png")
    assert "24 frames, 25.00 a second, 0 of them without a face; there is no picture from 0.48 s to 1200.48 s" in text
    assert picture.shape[:2] == (4 * (26 + 384 + 62) + 52, 2 * 768)


def test_damaged_pictures_are_counted(folder, tmp_path):
    ffmpeg("-i", folder / "driver.mp4", "-c:v", "png", "-an", tmp_path / "driver.mkv")
    (tmp_path / "driver.mkv").write_bytes((tmp_path / "driver.mkv").read_bytes().replace(b"IHDR", b"none", 1))
    text, _ = inspect(tmp_path / "driver.mkv", tmp_path / "seen.png")
    assert "0 of them without a face; damaged pictures, left out: 1\n" in text
