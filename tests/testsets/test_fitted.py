"""LMTest from pictures and a video: rendered ones, of which the truth is known, and bad ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.face3d.facemodel import face_model
from reenact.face3d.headmodel import head_model
from reenact.synthetic.unseen_people import unseen_people, unseen_performance
from reenact.testsets.fitted import fitted_identities, fitted_performance
from reenact.testsets.inputs import Inputs, list_inputs, listed_inputs
from reenact.testsets.lmtest_build import build_lmtest
from reenact.video.ffmpeg_build import find_ffmpeg
from tests.support.heads import upside_down

PEOPLE, FRAMES = 5, 60


@pytest.fixture(scope="module")
def params() -> Params:
    return Params.model_validate({"testsets": {"lmtest_subjects": PEOPLE, "lmtest_frames": FRAMES}})


@pytest.fixture(scope="module")
def rendered(params: Params, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """The folder of what was rendered for LMTest, and the footer of its table."""
    folder = tmp_path_factory.mktemp("rendered") / "lmtest"
    table = build_lmtest(params, Inputs(None, None), Path(), folder)
    assert table.num_rows == PEOPLE * FRAMES
    return folder, json.loads(table.schema.metadata[b"reenact"])


def pictures(folder: Path) -> list[Path]:
    return sorted((folder / "portraits").iterdir())


def test_what_is_not_named_is_rendered_and_fitted(rendered):
    folder, about = rendered
    assert [path.name for path in pictures(folder)] == [f"lm{number:05d}.png" for number in range(PEOPLE)]
    assert about["identities"]["names"] == [f"lm{number:05d}.png" for number in range(PEOPLE)]
    assert about["asked"] == about["got"] == {"subjects": PEOPLE, "frames": FRAMES}
    assert about["performance"]["frames"] == FRAMES
    assert about["identities"]["left_out"] == about["performance"]["left_out"] == {}
    assert about["face_model"] == "anny"
    assert about["performance"]["ffmpeg"] == find_ffmpeg().about()
    assert 0 < about["identities"]["residual"] < 0.06


def test_named_inputs_are_taken_and_told_by_their_names_alone(params, rendered, tmp_path):
    named = {"portraits": "some/photos", "performer": str(tmp_path / "clip.mp4"), "lmtest_frames": 4}
    named = params.model_copy(update={"testsets": params.testsets.model_copy(update=named)})
    inputs = Inputs(pictures(rendered[0])[1:3], rendered[0] / "performer.mp4")
    about = json.loads(build_lmtest(named, inputs, Path(), tmp_path / "lmtest").schema.metadata[b"reenact"])
    assert about["identities"]["source"] == "photos" and about["performance"]["source"] == "clip.mp4"
    assert about["identities"]["names"] == ["lm00001.png", "lm00002.png"] and about["performance"]["frames"] == 4
    assert "ffmpeg" not in about["performance"] and list((tmp_path / "lmtest").iterdir()) == []


def test_the_fitted_people_resemble_themselves_more_than_others(params, rendered):
    model, truth = head_model(), unseen_people(PEOPLE, params.data_seed)
    fitted = fitted_identities(face_model("anny"), pictures(rendered[0]), "rendered", params)
    used = model.table.vertices
    spread = np.stack([model.shape(person.weights)[used] for person in truth])
    found = fitted.shapes[:, used]

    def centred(points: np.ndarray) -> np.ndarray:
        points = points - points.mean(axis=1, keepdims=True)
        return points / np.sqrt((points**2).sum(axis=(1, 2), keepdims=True))

    distance = np.linalg.norm(centred(found)[:, None] - centred(spread)[None], axis=(2, 3))
    assert (distance.argmin(axis=1) == np.arange(PEOPLE)).mean() >= 0.6  # chance gives 0.2


def test_the_fitted_performance_follows_the_rendered_one(params, rendered):
    found = fitted_performance(face_model("anny"), rendered[0] / "performer.mp4", "rendered", params)
    blendshapes, rotation = unseen_performance(FRAMES, params.data_seed)
    assert found.blendshapes.shape == blendshapes.shape
    assert np.degrees(np.abs(found.rotation - rotation).mean(axis=0)).max() < 6
    jaw = 24  # jawOpen, in alphabetical order
    assert np.corrcoef(found.blendshapes[:, jaw], blendshapes[:, jaw])[0, 1] > 0.7


def test_pictures_without_a_face_are_counted_and_others_drawn_in_their_place(params, rendered, tmp_path):
    for path in pictures(rendered[0])[:3]:
        shutil.copy(path, tmp_path)
    Image.open(pictures(rendered[0])[3]).save(tmp_path / "lm00000.jpg")
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "wall.png")
    Image.fromarray(upside_down()).save(tmp_path / "turned.png")
    (tmp_path / "notes.txt").write_text("no picture")
    found = fitted_identities(face_model("anny"), sorted(tmp_path.iterdir()), "a folder", params)
    assert found.names == ["lm00000.jpg", "lm00000.png", "lm00001.png", "lm00002.png"], "equal stems are two people"
    assert found.left_out == {"landmarks fit no face": 1, "no face": 1, "not a picture": 1}


def test_too_few_faces_are_an_error_that_says_why(params, tmp_path):
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "wall.png")
    with pytest.raises(ReenactError, match=r"testsets.portraits.*1 left out .no face"):
        fitted_identities(face_model("anny"), [tmp_path / "wall.png"], "a folder", params)


@pytest.fixture
def with_photographs(tmp_path: Path) -> Params:
    (tmp_path / "photos").mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8), "grey").save(tmp_path / "photos" / name)
    return Params.model_validate({"testsets": {"portraits": "photos"}})


def test_a_changed_photograph_is_noticed(with_photographs, tmp_path):
    with pytest.raises(ReenactError, match="reenact manifest"):
        listed_inputs(with_photographs, tmp_path)
    assert list_inputs(with_photographs, tmp_path) is True
    assert list_inputs(with_photographs, tmp_path) is False
    assert [path.name for path in listed_inputs(with_photographs, tmp_path).portraits] == ["a.png", "b.png"]
    Image.new("RGB", (9, 9), "grey").save(tmp_path / "photos" / "b.png")
    with pytest.raises(ReenactError, match=r"testsets.portraits.*reenact manifest"):
        listed_inputs(with_photographs, tmp_path)


@pytest.mark.parametrize(
    ("key", "values", "name"),
    [
        ("testsets.portraits", {"testsets": {"portraits": "nowhere"}}, "nowhere"),
        ("testsets.portraits", {"testsets": {"portraits": "empty"}}, "empty"),
        ("testsets.performer", {"testsets": {"performer": "no.mp4"}}, "no.mp4"),
        ("face_model", {"face_model": "empty"}, "empty"),
    ],
)
def test_missing_inputs_are_named_with_their_key(key, values, name, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReenactError, match=f"{key}: .*{name}"):
        list_inputs(Params.model_validate(values), tmp_path)
