"""Every kind of bad or strange input with what becomes of it, from manifest to shard and ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from reenact.config.yaml_text import write_params
from reenact.corpus.manifest import refresh
from reenact.faces.crop import CropBox
from reenact.faces.detector import detect
from reenact.faces.landmarks import predict
from reenact.shards.extract import extract_shard
from reenact.workspace import LISTS
from tests.support.inputs import strange as make
from tests.support.inputs.kinds import BY_FILE, KINDS, LIMITS, is_careful, table
from tests.support.inputs.outcomes import Ignored, Kept, LeftOut
from tests.support.inputs.read import Outcome, make_corpus, outcome, reenact
from tests.support.inputs.strange import Footage

PAGE = Path(__file__).parents[2] / "docs" / "inputs.md"


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return make.film(tmp_path_factory.mktemp("footage"))


@pytest.fixture(scope="session")
def truth(footage: Footage) -> list[tuple[np.ndarray, np.ndarray]]:
    """Landmarks and mean colour of the skin in each of the master's pictures, seen one by one."""
    seen = []
    for picture in footage.pictures:
        landmarks = predict(picture, detect(picture)[0].box)
        seen.append((landmarks, skin(picture, landmarks)))
    return seen


@pytest.fixture(scope="session")
def ordinary(footage: Footage, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """All kinds that are read in this process."""
    root = tmp_path_factory.mktemp("ordinary")
    params = make_corpus(root, footage, [kind for kind in KINDS if not is_careful(kind)])
    report = refresh(params, root, show_progress=False)
    for name in ("train", "test"):
        extract_shard(root / LISTS / f"{name}-00000.csv", root / f"{name}.parquet", root / f"{name}.json", params, root)
    return outcome(root, {str(path.relative_to(root / "videos")) for path in report.ignored})


@pytest.fixture(scope="session")
def careful(footage: Footage, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The kinds that may do harm, read by the commands."""
    root = tmp_path_factory.mktemp("careful")
    kinds = [kind for kind in KINDS if is_careful(kind)]
    write_params(make_corpus(root, footage, kinds, LIMITS), root / "params.yaml")
    said = reenact(root, "corpus").said
    ignored = {kind.file for kind in kinds if isinstance(kind.expected, Ignored)}
    assert f"ignored, as they do not fit the corpus's layout: {len(ignored)} files or folders" in said
    for name in ("train", "test"):
        reenact(root, "shard", f"{LISTS}/{name}-00000.csv", f"{name}.parquet", f"{name}.json")
    return outcome(root, ignored)


@pytest.mark.parametrize("file", BY_FILE)
def test_what_becomes_of(file: str, request: pytest.FixtureRequest, footage: Footage, truth: list[tuple[np.ndarray, np.ndarray]]) -> None:
    kind = BY_FILE[file]
    outcome = request.getfixturevalue("careful" if is_careful(kind) else "ordinary")
    if isinstance(kind.expected, Ignored):
        assert file in outcome.ignored
        assert str(Path(file).with_suffix("")) not in outcome.entries
        return
    entry, rows = outcome.of(kind)
    assert entry["frames_in"] == entry["frames_kept"] + sum(entry["left_out"].values())
    assert entry["frames_kept"] == len(rows)
    if isinstance(kind.expected, LeftOut):
        assert (entry["problem"], entry["frames_kept"]) == (kind.expected.reason, 0)
    else:
        check_kept(kind.expected, entry, rows, truth)


def check_kept(expected: Kept, entry: dict[str, Any], rows: list[dict[str, Any]], truth: list[tuple[np.ndarray, np.ndarray]]) -> None:
    least, most = (expected.frames, expected.frames) if isinstance(expected.frames, int) else expected.frames
    assert least <= len(rows) <= most
    assert entry["problem"] == expected.problem
    if least == most:
        assert entry["left_out"] == expected.left_out
    late, astray, colours = [], [], []
    for row in rows:
        landmarks, colour = truth[expected.shows(row["frame"])]
        there = expected.place(row["frame"], landmarks)
        crop = cv2.imdecode(np.frombuffer(row["image"], np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        points = np.array(row["landmarks"]).reshape(68, 2)
        found = CropBox(*row["crop_box"]).to_source(points, len(crop))
        eyes = np.linalg.norm(there[36] - there[45])
        late.append((found - there).mean(axis=0)[0] / eyes)
        astray.append(np.linalg.norm(found - there, axis=1).mean() / eyes)
        colours.append(skin(crop, points) - (colour.mean() if expected.grey else colour))
    assert abs(np.median(late)) < 0.4 * make.STEP / np.linalg.norm(truth[0][0][36] - truth[0][0][45])  # less than half a frame
    assert np.median(astray) < 0.05
    assert np.abs(np.mean(colours, axis=0)).max() < expected.colours


def skin(picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The mean colour between a face's landmarks, RGB."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(landmarks.round().astype(np.int32)), 1)
    return picture[mask == 1].mean(axis=0)


def test_the_page_shows_the_table() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
