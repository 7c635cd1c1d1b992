"""One scoring after another into the same folder, beside a project that goes on, and what ends a scoring before anything is written."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from reenact.config.yaml_text import write_params
from reenact.errors import ReenactError
from reenact.evaluation.frames import read_frames
from reenact.evaluation.score import score
from reenact.files import read_json, sha256_files
from reenact.stages.export import export
from reenact.stages.score_methods import score_methods
from reenact.workspace import READINGS, Workspace
from tests.support.made_workspace import PARAMS, score_places

OTHERS = {"notes.txt", "crosstest-mine.jpg", "table2.json"}


def files(folder: Path) -> set[str]:
    """The names of the files that people find in a folder."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def kept(out: Path) -> set[Path]:
    """What was read of faces."""
    return set((out / ".scoring" / "readings").glob("*.npz"))


def run(root: Path, methods: dict[str, Path], testsets: list[Path], out: Path) -> list[str]:
    return score_methods(PARAMS, root, methods, testsets, out, 1, "reenact score")


@pytest.fixture(scope="module")
def both(exported, methods, tmp_path_factory) -> Path:
    """Scores of both test sets."""
    out = tmp_path_factory.mktemp("both") / "out"
    run(out.parent, {"affine": methods["affine"]}, list(exported.values()), out)
    return out


@pytest.fixture(scope="module")
def alone(exported, methods, tmp_path_factory) -> Path:
    """Scores of SelfTest and another method, in a folder of their own."""
    out = tmp_path_factory.mktemp("alone") / "out"
    run(out.parent, {"truth": methods["truth"]}, [exported["selftest"]], out)
    return out


def test_a_scoring_takes_the_place_of_the_one_before(both, alone, exported, methods, tmp_path):
    out = Path(shutil.copytree(both, tmp_path / "out"))
    assert {"report.html", "scores.json", "table3.csv", "table4.csv", "table4.json", "crosstest.jpg"} <= files(out)
    for name in OTHERS:
        (out / name).write_text("somebody's own")
    read = kept(out)
    run(tmp_path, {"truth": methods["truth"]}, [exported["selftest"]], out)
    assert files(out) == files(alone) | OTHERS, "what is not of a scoring stays"
    assert all((out / name).read_text() == "somebody's own" for name in OTHERS)
    assert not any(name.startswith(("table2", "table4", "crosstest")) for name in files(alone))
    for name in files(alone):
        assert (alone / name).read_bytes() == (out / name).read_bytes(), name
    assert kept(out) & read and read - kept(out), "what was read of SelfTest served, and what was of CrossTest is forgotten"
    assert {path.name for path in kept(alone)} == {path.name for path in kept(out)}
    run(tmp_path, {"affine": methods["affine"]}, list(exported.values()), out)
    assert files(out) == files(both) | OTHERS


def test_a_scoring_that_was_killed_while_it_wrote_leaves_nothing_behind(both, alone, exported, methods, tmp_path):
    out = Path(shutil.copytree(both, tmp_path / "out"))
    (out / ".scoring/new").mkdir()
    (out / ".scoring/new/table9.json").write_text("half")
    run(tmp_path, {"truth": methods["truth"]}, [exported["selftest"]], out)
    assert files(out) == files(alone) and not (out / ".scoring/new").exists()


def test_figures_that_mean_nothing_leave_the_tables_of_before(both, alone, exported, methods, tmp_path):
    """Twenty people who all look alike: no metric can tell one from another."""
    testset, results, out = tmp_path / "alike", tmp_path / "results", Path(shutil.copytree(both, tmp_path / "out"))
    pairs = []
    for number in range(20):
        for folder in (testset / "targets", testset / f"drivers/{number:04d}", results / f"{number:04d}"):
            folder.mkdir(parents=True, exist_ok=True)
        for place in (testset / f"targets/{number:04d}.png", testset / f"drivers/{number:04d}/000000.png", results / f"{number:04d}/0.png"):
            shutil.copy(exported["selftest"] / "targets/0000.png", place)
        pairs.append({"target_subject": f"p{number}", "driver_subject": f"p{number}", "frames": [number]})
    about = {"format": "reenact-testset", "version": 1, "kind": "selftest", "size": 64, "pairs": pairs}
    (testset / "testset.json").write_text(json.dumps(about))
    before = sha256_files(out, [out / name for name in files(out)])
    with pytest.raises(
        ReenactError, match=r"cannot tell the true frames.*No table was written; the values of each frame are in "
    ) as raised:
        run(tmp_path, {"mine": results}, [testset], out)
    unsound = Path(str(raised.value).split()[-1])
    assert set(read_frames(unsound)["target_subject"]) == {f"p{number}" for number in range(20)}
    assert sha256_files(out, [out / name for name in files(out) - {unsound.name}]) == before
    fresh = tmp_path / "fresh"
    with pytest.raises(ReenactError):
        run(tmp_path, {"mine": results}, [testset], fresh)
    assert files(fresh) == {unsound.name}
    run(tmp_path, {"truth": methods["truth"]}, [exported["selftest"]], out)
    assert files(out) == files(alone)


def test_what_compression_loses_is_said_once_of_each_method_and_stands_on_the_page(exported, methods, tmp_path):
    lossy, plain = (Path(shutil.copytree(methods["affine"], tmp_path / name)) for name in ("lossy", "plain"))
    for path in lossy.glob("*/0000/*.png"):
        Image.open(path).save(path.with_suffix(".jpg"))
        path.unlink()
    out = tmp_path / "out"
    said = run(tmp_path, {"lossy": lossy, "plain": plain}, list(exported.values()), out)
    words = "lossy: kept as JPEG, not as PNG; its figures are worse by what that compression loses."
    assert said[0] == f"Odd: {words}" and not any("plain: kept" in each for each in said)
    assert read_json(out / "sanity.json")["warnings"].count(words) == 1 and words in (out / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def project(workspace, tmp_path, monkeypatch) -> Path:
    """A finished project that a test may change."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = tmp_path / "project"
    shutil.copytree(workspace.root, folder)
    write_params(PARAMS, folder / "params.yaml")
    return folder


def test_the_project_and_a_scoring_keep_what_they_read_apart(project, exported, methods):
    def times(found: set[Path]) -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in found}

    out, own = project / "scores", set((project / READINGS).glob("*.npz"))
    before = times(own)
    said = run(project, {"affine": methods["affine"]}, [exported["selftest"]], out)
    assert not any("left out" in words for words in said)
    assert times(set((project / READINGS).glob("*.npz"))) == before
    theirs = times(kept(out))
    assert theirs and not {path.name for path in theirs} & {path.name for path in own}, "nothing is read twice"
    score(PARAMS, **score_places(Workspace(project)))
    assert times(kept(out)) == theirs, "the workflow forgets only its own"


def other_list(project: Path) -> None:
    path = project / "data/testsets/selftest.json"
    frozen = read_json(path)
    frozen["items"][0]["frames"].pop()
    path.write_text(json.dumps(frozen))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (other_list, r"selftest\.json"),
        (
            lambda project: (project / "results/predictions/crosstest.parquet").write_bytes(b"PAR1 no more"),
            r"crosstest\.parquet is damaged",
        ),
        (lambda project: (project / "results/predictions/selftest.parquet").unlink(), "they made no results of SelfTest yet"),
        (lambda project: (project / "data/truth/frames.parquet").unlink(), r"frames\.parquet is missing"),
    ],
)
def test_a_projects_stale_results_are_left_out_with_the_reason(project, exported, methods, harm, said):
    harm(project)
    first, *_ = run(project, {"affine": methods["affine"]}, [exported["selftest"]], project / "scores")
    assert first.startswith("SelfTest: the project's own generators are left out: ")
    assert re.search(said, first), first
    assert next(iter(read_json(project / "scores/table3.json")["self"])) == "affine"


def test_scores_do_not_go_where_they_would_be_taken_for_others(project, exported, methods):
    mine = Path(shutil.copytree(methods["affine"], project / "mine"))
    for out in ("results", "results/metrics", "results/tables", "models/new", ".state", "mine/selftest", "mine/crosstest/0000"):
        with pytest.raises(ReenactError, match=f"--out .*{out}"):
            run(project, {"affine": mine}, list(exported.values()), project / out)
    with pytest.raises(ReenactError, match="--out"):
        run(project, {"affine": mine}, [exported["selftest"]], exported["selftest"] / "scores")
    (project / "file").write_text("x")
    with pytest.raises(ReenactError, match="cannot be written"):
        run(project, {"affine": mine}, [exported["selftest"]], project / "file")


def test_test_sets_of_two_sizes_are_refused(workspace, exported, methods, tmp_path):
    export(PARAMS, workspace, "crosstest", tmp_path / "other", 96)
    with pytest.raises(ReenactError, match="the test sets are of 64 and 96 pixels, so that no table could hold both"):
        run(tmp_path, methods, [exported["selftest"], tmp_path / "other"], tmp_path / "out")


def test_a_test_set_of_one_frame_is_refused(exported, methods, tmp_path):
    about = read_json(exported["crosstest"] / "testset.json")
    pair = about["pairs"][0]
    small = Path(shutil.copytree(exported["crosstest"], tmp_path / "small"))
    (small / "testset.json").write_text(json.dumps(about | {"pairs": [pair | {"frames": pair["frames"][:1]}]}))
    with pytest.raises(ReenactError, match="small has one frame to be reenacted, and distances between sets need two"):
        run(tmp_path, methods, [small], tmp_path / "out")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (lambda folder: folder / "nowhere", "nowhere, the folder of --method mine, is missing; name the folder with its results"),
        (lambda folder: folder / "file", "file, the folder of --method mine, is no folder; name the folder with its results"),
        (lambda folder: folder, "has no folder selftest with the results of that test set"),
    ],
)
@pytest.mark.parametrize("kinds", [("selftest",), ("selftest", "crosstest")])
def test_a_methods_folder_that_is_not_there_is_said_once(exported, tmp_path, kinds, place: Callable[[Path], Path], said):
    (tmp_path / "file").write_text("x")
    (tmp_path / "crosstest").mkdir()
    with pytest.raises(ReenactError) as raised:
        run(tmp_path, {"mine": place(tmp_path)}, [exported[kind] for kind in kinds], tmp_path / "out")
    assert str(raised.value).count(said) == 1
    assert not (tmp_path / "out").exists()
