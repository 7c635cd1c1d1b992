"""A test set as a folder that other methods' scripts read."""

from __future__ import annotations

import csv
import os

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from reenact.clips import ClipName
from reenact.errors import ReenactError
from reenact.files import read_json, sha256_file
from reenact.generators.registry import GENERATORS
from reenact.shards.frames import FrameStore
from reenact.stages.export import export
from reenact.testsets.export import export_testset
from reenact.testsets.items import Item, read_items
from reenact.video.decode import frames
from reenact.workspace import TESTSETS, Workspace
from tests.support.made_workspace import PARAMS, make_shard, make_testsets
from tests.support.media import ffprobe

SIZE = 64


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Workspace:
    """Test shards and the lists drawn from them, without networks."""
    made = Workspace(tmp_path_factory.mktemp("workspace"))
    make_shard(made, "test")
    make_testsets(made)
    return made


@pytest.fixture(scope="module")
def store(workspace) -> FrameStore:
    return FrameStore(workspace.shards(PARAMS, "test"))


@pytest.fixture(scope="module", params=["selftest", "crosstest"])
def exported(request, workspace, store, tmp_path_factory):
    """A kind, its items and the folder that was written of them."""
    items, sha256 = read_items(workspace.path(TESTSETS, f"{request.param}.json"), request.param)
    out = tmp_path_factory.mktemp(request.param) / "out"
    export_testset(request.param, items, sha256, store, out, SIZE)
    return request.param, items, out


def shown(kind: str, item: Item) -> list[int]:
    """The frames of a driver: in SelfTest the target, which stands for rest, comes before them."""
    return [item.target_frame, *item.frames] if kind == "selftest" else list(item.frames)


def png(path) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def test_the_pictures_are_those_of_the_shards(exported, store):
    kind, items, out = exported
    for item in items:
        (target,), _ = store.get(*item.target, [item.target_frame], SIZE)
        np.testing.assert_array_equal(png(out / f"targets/{item.number:04d}.png"), target)
        expected, _ = store.get(*item.driver, shown(kind, item), SIZE)
        names = sorted((out / f"drivers/{item.number:04d}").iterdir())
        assert [path.name for path in names] == [f"{place:06d}.png" for place in range(len(expected))]
        np.testing.assert_array_equal([png(path) for path in names], expected)


def test_a_relative_methods_first_driver_frame_is_the_frame_of_rest(exported, store):
    kind, items, out = exported
    for item in items:
        assert item.reference_frame == shown(kind, item)[0]
        first, target = png(out / f"drivers/{item.number:04d}/000000.png"), png(out / f"targets/{item.number:04d}.png")
        assert np.array_equal(first, target) == (kind == "selftest")


def test_the_video_has_the_same_frames_at_25_a_second(exported, store):
    kind, items, out = exported
    for item in items:
        path = out / f"drivers/{item.number:04d}.mp4"
        expected, _ = store.get(*item.driver, shown(kind, item), SIZE)
        found = ffprobe(path, "-show_entries", "frame=pts_time")
        (video,) = found["streams"]
        assert (video["codec_name"], video["pix_fmt"], video["width"], video["height"]) == ("h264", "yuv444p", SIZE, SIZE)
        assert video["r_frame_rate"] == video["avg_frame_rate"] == "25/1"
        assert [float(frame["pts_time"]) for frame in found["frames"]] == pytest.approx([k / 25 for k in range(len(expected))], abs=1e-6)
        assert float(found["format"]["duration"]) == pytest.approx(len(expected) / 25, abs=1e-3)
        shown_by = {"our decoder": [picture.rgb() for picture in frames(path)], "OpenCV": opencv(path)}
        for name, pictures in shown_by.items():
            assert np.abs(np.array(pictures).astype(int) - expected).max() <= 2, name


def opencv(path) -> list[np.ndarray]:
    """A video's pictures as programs that use OpenCV see them."""
    video, pictures = cv2.VideoCapture(str(path)), []
    while (found := video.read())[0]:
        pictures.append(cv2.cvtColor(found[1], cv2.COLOR_BGR2RGB))
    return pictures


def test_landmarks_have_a_row_for_each_picture(exported, store):
    kind, items, out = exported
    with (out / "landmarks.csv").open(encoding="utf-8") as file:
        rows = {row.pop("file"): np.array([float(row[f"{axis}{n}"]) for n in range(68) for axis in "xy"]) for row in csv.DictReader(file)}
    assert len(rows) == len(list(out.rglob("*.png")))
    for item in items:
        _, target = store.get(*item.target, [item.target_frame], SIZE)
        _, driver = store.get(*item.driver, shown(kind, item), SIZE)
        np.testing.assert_allclose(rows[f"targets/{item.number:04d}.png"].reshape(68, 2), target[0], atol=1e-5)
        for place, points in enumerate(driver):
            np.testing.assert_allclose(rows[f"drivers/{item.number:04d}/{place:06d}.png"].reshape(68, 2), points, atol=1e-5)


def test_pairs_are_found_by_first_order_models_rule(exported, tmp_path):
    """It lists a folder, and keeps the rows of the table whose `source` and `driving` are names in it, as pandas reads them."""
    kind, items, out = exported
    for path in (*(out / "targets").glob("*.png"), *(out / "drivers").glob("*.mp4")):
        (tmp_path / path.name).symlink_to(path)
    there = os.listdir(tmp_path)
    pairs = pd.read_csv(out / "pairs.csv")
    assert (pairs["source"].isin(there) & pairs["driving"].isin(there)).all() and len(pairs) == len(items)
    for item, row in zip(items, pairs.itertuples(), strict=True):
        assert (row.pair, row.target_subject, row.driver_subject) == (item.number, item.target.subject, item.driver.subject)
        assert (row.source, row.driving) == (f"{item.number:04d}.png", f"{item.number:04d}.mp4")
        assert (row.frames, row.lead) == (len(shown(kind, item)), int(kind == "selftest"))


def test_the_description_says_what_is_there(exported, workspace):
    kind, items, out = exported
    about = read_json(out / "testset.json")
    assert (about["kind"], about["size"], about["fps"]) == (kind, SIZE, 25)
    assert about["sha256"] == read_json(workspace.path(TESTSETS, f"{kind}.json"))["sha256"]
    assert [pair["frames"] for pair in about["pairs"]] == [list(item.frames) for item in items]
    files = {path.relative_to(out).as_posix(): sha256_file(path) for path in out.rglob("*") if path.is_file()}
    assert about["files"] == {name: digest for name, digest in files.items() if name not in ("testset.json", "README.md")}


def test_the_text_names_the_set_and_has_commands_that_a_shell_can_read(exported):
    kind, items, out = exported
    text = (out / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {'SelfTest' if kind == 'selftest' else 'CrossTest'}: {len(items)} pairs") and "64×64 pixels" in text
    blocks = [block.split("```")[0] for block in text.split("```sh\n")[1:]]
    assert len(blocks) == 4 and blocks[3].startswith("reenact score --method")
    for block in blocks:
        assert os.system(f"sh -n -c {shell_quoted(block)}") == 0


def shell_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def test_the_loops_of_the_text_call_each_tool_once_a_pair(exported, tmp_path):
    """With tools that write down their arguments in place of the real ones."""
    _, items, out = exported
    text = (out / "README.md").read_text(encoding="utf-8").replace("/path/to/this/folder", str(out))
    blocks = [block.split("```")[0].replace("/path/to/results", str(tmp_path / "results")) for block in text.split("```sh\n")[1:4]]
    (tmp_path / "python").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\ntouch "{tmp_path}/results/0000--0000_concat.mp4"\n')
    (tmp_path / "python").chmod(0o755)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "vox-256.yaml").write_text(
        "dataset_params:\n  root_dir: data/vox-png\n  pairs_list: data/vox256.csv\n  num_pairs: 50\n"
    )
    command = f"cd {tmp_path} && PATH={tmp_path}:$PATH && set -e\n" + "\n".join(blocks)
    assert os.system(f"sh -c {shell_quoted(command)}") == 0
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [call.split()[0] for call in calls] == ["demo.py"] * len(items) + ["run.py"] + ["inference.py"] * len(items)
    for item, call in zip(items, calls[-len(items) :], strict=True):
        assert f"--source {out}/targets/{item.number:04d}.png --driving {out}/drivers/{item.number:04d}.mp4" in call
    config = (tmp_path / "results" / "input" / "exported.yaml").read_text()
    assert f"root_dir: {tmp_path}/results/input\n" in config and f"pairs_list: {out}/pairs.csv\n" in config
    assert f"num_pairs: {len(items)}\n" in config
    assert len(list((tmp_path / "results" / "input" / "test").iterdir())) == 2 * len(items)


def test_a_folder_that_holds_something_is_left_alone(store, tmp_path):
    item = Item(0, ClipName("test0", "v", "00001"), 0, ClipName("test1", "v", "00001"), 0, (0, 2))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("keep")
    with pytest.raises(ReenactError, match="exists and is not an empty folder"):
        export_testset("crosstest", [item], "0" * 64, store, tmp_path / "out", SIZE)
    (tmp_path / "out" / "mine").unlink()
    export_testset("crosstest", [item], "0" * 64, store, tmp_path / "out", SIZE)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert oct((tmp_path / "out").stat().st_mode) == oct((tmp_path / "out" / "targets").stat().st_mode), "open to others as any new folder"


def test_a_failure_leaves_nothing(store, tmp_path):
    items = [
        Item(0, ClipName("test0", "v", "00001"), 0, ClipName("test1", "v", "00001"), 0, (0, 2)),
        Item(1, ClipName("test0", "v", "00001"), 0, ClipName("test1", "v", "00001"), 0, (0, 999)),
    ]
    with pytest.raises(ReenactError, match="no frame 999 of clip test1/v/00001"):
        export_testset("crosstest", items, "0" * 64, store, tmp_path / "out", SIZE)
    assert list(tmp_path.iterdir()) == []


def test_the_command_takes_the_generators_size_unless_told_otherwise(workspace, tmp_path):
    said = export(PARAMS, workspace, "crosstest", tmp_path / "out")
    assert said == (f"Wrote CrossTest to {tmp_path}/out: 2 pairs, 6 frames of 64×64 pixels; {tmp_path}/out/README.md says how to go on.")
    export(PARAMS, workspace, "crosstest", tmp_path / "small", 32)
    assert Image.open(tmp_path / "small" / "targets" / "0000.png").size == (32, 32)


def test_no_generator_need_be_enabled(workspace, tmp_path):
    off = {name: getattr(PARAMS, name).model_copy(update={"enabled": False}) for name in GENERATORS}
    shards = PARAMS.shards.model_copy(update={"image_size": 80})
    said = export(PARAMS.model_copy(update=off | {"shards": shards}), workspace, "selftest", tmp_path / "out")
    assert "80×80 pixels" in said and Image.open(tmp_path / "out" / "targets" / "0000.png").size == (80, 80)


def test_generators_of_different_sizes_are_an_error_that_names_the_option(workspace, tmp_path):
    dense = PARAMS.dense.model_copy(update={"enabled": True, "image_size": 128})
    with pytest.raises(ReenactError, match=r"different image sizes \(dense 128, fdgan 64.*choose one with --size"):
        export(PARAMS.model_copy(update={"dense": dense}), workspace, "selftest", tmp_path / "out")
    assert not (tmp_path / "out").exists()
