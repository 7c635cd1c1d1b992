"""The pair's video from the driver's own file, which the made-up workspace lacks."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from reenact.animate.watermark import TAG
from reenact.config.schema import Params
from reenact.corpus.clip_list import SCHEMA
from reenact.face3d.headmodel import head_model
from reenact.report.video import write_pair
from reenact.shards.frames import FrameStore
from reenact.synthetic.portraits import neutral_portrait
from reenact.testsets.items import read_items
from reenact.video.encode import VideoWriter
from reenact.video.probe import probe
from reenact.video.timed_read import open_input
from reenact.workspace import MANIFEST, TESTSETS, Workspace
from tests.support.made_workspace import PARAMS
from tests.support.media import ffmpeg
from tests.support.sounds import PITCH, listen, write_tone


@pytest.fixture
def with_clip(workspace: Workspace, tmp_path: Path) -> Workspace:
    """The workspace with a manifest, and a file with sound for the first driver of CrossTest: nine frames of 30 a second."""
    for folder in ("data", "models"):
        shutil.copytree(workspace.path(folder), tmp_path / folder)
    driver = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")[0][0].driver
    silent, clip = tmp_path / "silent.mp4", tmp_path / "corpus" / "clip.mp4"
    clip.parent.mkdir()
    person = neutral_portrait(Params(), head_model().person(5), "driver")
    with VideoWriter(silent, (256, 256), fps=30) as video:
        for number in range(9):
            video.write(np.roll(person, number, axis=1))
    sound = ["-f", "lavfi", "-i", "sine=duration=0.3"]
    ffmpeg("-i", silent, *sound, "-c:v", "copy", "-c:a", "aac", clip)
    row = dict.fromkeys(SCHEMA.names) | {"subject": driver.subject, "video": driver.video, "clip": driver.clip}
    row |= {"split": "test", "path": "corpus/clip.mp4", "bytes": clip.stat().st_size, "shard": 0}
    (tmp_path / MANIFEST).mkdir()
    pq.write_table(pa.Table.from_pylist([row], SCHEMA), tmp_path / MANIFEST / "manifest.parquet")
    return Workspace(tmp_path)


def test_the_drivers_clip_is_followed_at_its_own_rate_with_its_sound(with_clip):
    store = FrameStore(with_clip.shards(PARAMS, "test"))
    out = with_clip.path("results", "crosstest.mp4")
    pair = write_pair(out, PARAMS, with_clip, store, torch.device("cpu"))
    info = probe(out)
    assert (info.width, info.height, info.fps, info.frames, info.has_audio) == (768, 288, 30, 9, True)
    assert (pair.frames, pair.size, pair.has_sound) == (9, (768, 288), True)
    with open_input(out) as container:
        assert container.metadata["comment"] == TAG


def test_sound_that_mp4_does_not_take_comes_as_aac_and_keeps_no_picture_from_the_page(with_clip):
    clip = with_clip.path("corpus", "clip.mp4")
    sound = write_tone(clip.with_name("sound.mkv"), "libmp3lame", 11025, seconds=0.6)
    # The manifest names an MP4 file; what is in it tells.
    command = ["-i", with_clip.path("silent.mp4"), "-i", sound, "-map", "0:v", "-map", "1:a", "-c", "copy", "-f", "matroska", clip]
    ffmpeg(*command)
    out = with_clip.path("results", "crosstest.mp4")
    pair = write_pair(out, PARAMS, with_clip, FrameStore(with_clip.shards(PARAMS, "test")), torch.device("cpu"))
    heard = listen(out)
    assert (pair.frames, pair.has_sound, heard.codec) == (9, True, "aac")
    assert heard.pitch(0.15, 0.3) == pytest.approx(PITCH, abs=8)


def test_the_face_is_placed_as_the_parameters_say(with_clip):
    """As in the predictions: elsewhere the video would show what no table measured."""
    store = FrameStore(with_clip.shards(PARAMS, "test"))
    videos = {placement: with_clip.path("results", f"{placement}.mp4") for placement in ("relative", "absolute")}
    for placement, path in videos.items():
        params = PARAMS.model_copy(update={"evaluate": PARAMS.evaluate.model_copy(update={"placement": placement})})
        write_pair(path, params, with_clip, store, torch.device("cpu"))
    assert videos["relative"].read_bytes() != videos["absolute"].read_bytes()
