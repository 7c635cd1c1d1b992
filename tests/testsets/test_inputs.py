"""What is listed of LMTest's photographs, video and face model."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.face3d.facemodel.ictfacekit import expressions
from reenact.face3d.headmodel import BLENDSHAPES
from reenact.files import read_json
from reenact.testsets.inputs import list_inputs, listed_inputs
from reenact.workspace import LMTEST_INPUTS


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Photographs, among them what is none, a video, and a face model's files; each holds its own name."""
    for folder in ("photos/inner", "model"):
        (tmp_path / folder).mkdir(parents=True)
    expressed = [f"model/{name}.obj" for blendshape in BLENDSHAPES for name in expressions(blendshape)]
    model = ["model/generic_neutral_mesh.obj", "model/vertex_indices.json", "model/identity000.obj", "model/identity001.obj", *expressed]
    for name in (*(f"photos/{letter}.png" for letter in "gbeafdc"), "photos/.hidden.png", "clip.mp4", *model):
        (tmp_path / name).write_text(Path(name).name)
    return tmp_path


@pytest.fixture
def params() -> Params:
    return Params.model_validate({"testsets": {"portraits": "photos", "performer": "clip.mp4"}, "face_model": "model"})


def test_every_file_is_listed_with_its_hash_but_folders_and_hidden_files(params, root):
    list_inputs(params, root)
    listed, photographs = read_json(root / LMTEST_INPUTS), [f"{letter}.png" for letter in "abcdefg"]
    assert listed["testsets.portraits"] == {name: sha256(name) for name in photographs}
    assert listed["testsets.performer"] == {"clip.mp4": sha256("clip.mp4")}
    assert listed["face_model"] == {path.name: sha256(path.name) for path in (root / "model").iterdir()}
    found = listed_inputs(params, root)
    assert [path.name for path in found.portraits] == photographs and found.performer == root / "clip.mp4"


@pytest.mark.parametrize(
    ("changed", "key"), [("photos/a.png", "testsets.portraits"), ("clip.mp4", "testsets.performer"), ("model/jawOpen.obj", "face_model")]
)
def test_a_changed_file_is_noticed_and_listed_anew(params, root, changed, key):
    list_inputs(params, root)
    (root / changed).write_text("another")
    with pytest.raises(ReenactError, match=f"{key}: the files are not those"):
        listed_inputs(params, root)
    assert list_inputs(params, root) and not list_inputs(params, root)


def test_nothing_is_listed_of_what_is_rendered(tmp_path):
    list_inputs(Params(), tmp_path)
    assert read_json(tmp_path / LMTEST_INPUTS) == {"testsets.portraits": None, "testsets.performer": None, "face_model": None}
    found = listed_inputs(Params(), tmp_path)
    assert found.portraits is None and found.performer is None


@pytest.mark.parametrize("text", ["[]", "{}", "{"])
def test_a_damaged_list_is_refused_with_the_remedy(params, root, text):
    list_inputs(params, root)
    (root / LMTEST_INPUTS).write_text(text)
    with pytest.raises(ReenactError, match=r"inputs.json.*reenact manifest"):
        listed_inputs(params, root)
    assert list_inputs(params, root)


def test_a_name_that_is_no_text_is_refused(params, root):
    Path(os.fsdecode(os.fsencode(root / "photos") + b"/\xff.png")).write_bytes(b"")
    with pytest.raises(ReenactError, match="UTF-8"):
        list_inputs(params, root)


def test_a_photograph_that_cannot_be_read_is_listed_with_the_reason_and_told_of(params, root, caplog):
    (root / "photos/round.png").symlink_to("round.png")
    list_inputs(params, root)
    listed = read_json(root / LMTEST_INPUTS)["testsets.portraits"]
    assert len(listed) == 8 and listed["a.png"] == sha256("a.png")
    assert "link" in listed["round.png"]
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "photos/round.png" in caplog.text


@pytest.mark.parametrize(("kind", "said"), [("link", "is missing"), ("pipe", "is a named pipe")])
def test_what_is_no_photograph_at_all_is_named(params, root, kind, said):
    other = root / "photos/other.png"
    other.symlink_to("nowhere.png") if kind == "link" else os.mkfifo(other)
    with pytest.raises(ReenactError, match=f"photos/other.png {said}.*; remove it"):
        list_inputs(params, root)
