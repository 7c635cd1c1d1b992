"""That the commands behind the docs' figures stand as written, run and count right; how fast, they say themselves."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch import nn

from benchmarks import ablation, jitter, pictures, read_baselines
from benchmarks.generators import counted, make_task, noise, waited_iterations, waiting_share
from benchmarks.plain_training import make_plain
from benchmarks.read import shifted_row
from reenact.config.networks import DenseParams
from reenact.config.presets import apply_preset
from reenact.config.schema import Params
from reenact.config.yaml_text import write_params
from reenact.faces.landmark_image import draw
from reenact.generators.flow.head import mean_face
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.shards.writer import ShardWriter
from reenact.video.encode import VideoWriter
from tests.support.inputs.strange import person

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "benchmarks").glob("*.py"))]
COMMAND = re.compile(r"python (?:-m benchmarks\.|benchmarks/)(\w+)(?:\.py)?([^`\n]*)")
DOCUMENTED = sorted({(page.name, *match) for page in PAGES for match in COMMAND.findall(page.read_text(encoding="utf-8"))})
# The least of each that there is. size starts `reenact` sixteen times, as plan does: of it the options alone are looked at.
LEAST = {
    "read": ["tiny.parquet", "--seconds", "0.01", "--repeats", "1", "--rows", "0"],
    "render": ["--clips", "1"],
    "generators": ["--only", "fdgan", "warp", "--preset", "tiny", "--threads", "1", "--repeats", "1"],
    "ldnet": ["--preset", "tiny", "--subjects", "4"],
    "jitter": ["--people", "1", "--generated", "1"],
    "fit": ["--subjects", "2", "--stride", "50", "--json"],
    "plan": ["--clips", "20", "--shards", "2"],
}
# Figures of a generator that cannot be nothing, even rounded.
POSITIVE = {"training_images_per_second", "training_over_plain", "ms_per_frame_batch1", "ms_per_frame_batch8", "peak_memory_mb"}


def words_of(written: str) -> list[str]:
    """A command's arguments with what may be left out in them, and stand-ins for what the reader is to fill in."""
    words = re.sub(r"[\[\]]|\.\.\.", "", written).split()
    return [re.sub(r"^[A-Z]+$", "1", word) for word in words]


@pytest.fixture
def tiny_shard(tmp_path: Path) -> Path:
    """Fewer frames than the readers warm up with, of three clips; the last has but one, which no other can be paired with."""
    random, path = np.random.default_rng(1), tmp_path / "tiny.parquet"
    with ShardWriter(path, {}, 100) as shard:
        for clip, frames in enumerate((6, 5, 1)):
            for frame in range(frames):
                picture, points = random.integers(0, 255, (256, 256, 3), np.uint8), random.uniform(0, 255, (68, 2)).astype(np.float32)
                shard.write(shifted_row(picture, points, clip, frame))
            shard.end_clip()
    return path


def test_every_benchmark_is_documented():
    scripts = {path.stem for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text(encoding="utf-8")}
    assert {name for _, name, _ in DOCUMENTED} == scripts
    assert set(LEAST) < scripts


@pytest.mark.parametrize(("page", "name", "written"), DOCUMENTED)
def test_every_documented_command_parses(page: str, name: str, written: str, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """With --help added it ends before it begins, with 0 where the values are allowed; help names the options and places that there are."""
    words = words_of(written)
    monkeypatch.setattr(sys, "argv", [name, *words, "--help"])
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"benchmarks.{name}").main()
    assert ended.value.code == 0
    options = capsys.readouterr().out
    assert [word for word in words if word.startswith("--") and not re.search(rf"{word}\b", options)] == []
    places = [word for before, word in zip(["", *words], words, strict=False) if "--" not in (before[:2], word[:2])]
    assert bool(places) == ("positional arguments" in options)


@pytest.mark.parametrize("name", LEAST)
def test_it_runs(name: str, tiny_shard: Path) -> None:
    command = [sys.executable, "-m", f"benchmarks.{name}", *(tiny_shard if word == tiny_shard.name else word for word in LEAST[name])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    figures = json.loads(line)
    rates = {
        "read": lambda: [rate for each in figures["by_size_and_workers"].values() for rate in each["pairs_per_second"].values()],
        "render": lambda: [figures["frames_per_second"]],
        "generators": lambda: [each[key] for each in figures["generators"].values() for key in each.keys() & POSITIVE],
        "ldnet": lambda: [figures["iterations_per_second"]],
        "jitter": lambda: [each[key] for part, key in (("landmarks", "jitter"), ("results", "seen")) for each in figures[part].values()],
        "fit": lambda: list(figures["frames_per_second_of_two_processes"].values()),
        "plan": lambda: [figures[f"{part}_seconds"] for part in ("manifest", "manifest_again", "dry_run", "manifest_one_more")],
    }[name]()
    assert rates and all(rate > 0 for rate in rates)
    if name == "generators":
        trained = {name for name, each in figures["generators"].items() if "training_over_plain" in each}
        assert figures["generators"].keys() == {"fdgan", "warp"} and trained == {"fdgan"}
        assert all(0 <= figures["generators"][each]["waiting_share"] < 1 for each in trained)
    if name == "plan":  # the plan follows the lists: all shards, none once all are made, the one that a clip was added to
        counted = ("dry_run_shards", "dry_run_finished_shards", "lists_changed", "dry_run_one_more_shards")
        assert [figures[each] for each in counted] == [2, 0, 1, 1]


@pytest.mark.parametrize("name", ["dense", "fdgan", "pix2pixhd"])
def test_the_plain_training_learns_the_same(name: str, tiny_shard: Path) -> None:
    """Two iterations: the second one's losses are of moved weights."""
    params, cpu = apply_preset(ROOT, "tiny", ["device=cpu"]), torch.device("cpu")
    (tuned,), (other,) = (make_task(name, params, tiny_shard, cpu, precision="float32").phases() for _ in range(2))
    batch = noise(64, 2)
    plain = make_plain(other, batch)
    for _ in range(2):
        losses, expected = tuned.step(batch), plain()
        assert {key: loss.item() for key, loss in losses.items()} == pytest.approx(
            {k: each.item() for k, each in expected.items()}, rel=1e-3
        )


def test_the_waiting_share_of_a_training_that_waits_three_quarters_of_its_time(tiny_shard: Path) -> None:
    cpu = torch.device("cpu")
    task = make_task("fdgan", apply_preset(ROOT, "tiny", ["device=cpu"]), tiny_shard, cpu)
    (phase,) = task.phases()

    def slow_batches(start: int):
        while True:
            time.sleep(0.06)
            yield noise(64, 2)

    def step(batch) -> dict[str, torch.Tensor]:
        time.sleep(0.02)
        return {"reconstruction": torch.zeros(())}

    phase.batches, phase.step = slow_batches, step
    assert waiting_share(task, cpu) == pytest.approx(0.75, abs=0.15)


def test_the_waiting_is_told_from_seconds_of_training_however_short_an_iteration_is() -> None:
    """Two seconds a repeat at 20 and 10 ms an iteration, and the four batches that were read ahead."""
    cpu = torch.device("cpu")
    assert waited_iterations(lambda: time.sleep(0.02), 1, cpu) == pytest.approx(104, rel=0.2)
    assert waited_iterations(lambda: time.sleep(0.01), 3, cpu) == pytest.approx(604, rel=0.2)


def test_operations_are_two_for_each_weight_of_a_convolution_and_place() -> None:
    layer, image = nn.Conv2d(3, 5, 3, padding=1), torch.zeros(2, 3, 8, 6)
    assert counted(lambda: layer(image)) == 2 * (5 * 3 * 3 * 3) * (2 * 8 * 6)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("kind", ["jpeg", "png", "tar"])
def test_the_baselines_never_run_out_of_data(kind: str, workers: int, tiny_shard: Path, tmp_path: Path) -> None:
    """However fast the machine, a turn ends by the clock: ten times as many pairs as there are frames come, each of one clip."""
    assert read_baselines.write_files([tiny_shard], tmp_path / "files") == 12
    way = read_baselines.tar_batches if kind == "tar" else read_baselines.file_batches
    batches = list(islice(way(tmp_path / "files" / kind, 64, 4, workers), 30))
    assert len(batches) == 30
    assert all(tensor.shape[1:] == (3, 64, 64) and 1 <= len(tensor) <= 4 for batch in batches for tensor in batch)
    assert all((target != driver).any() for batch in batches for target, driver in zip(batch[0], batch[2], strict=True))


def film(path: Path, number: int, empty: int) -> None:
    """A second of 320×240 pixels: nobody in `empty` frames, and then a person who moves to the right."""
    with VideoWriter(path, (320, 240)) as video:
        for k in range(25):
            canvas = np.full((240, 320, 3), 90, np.uint8)
            if k >= empty:
                matrix = np.array([[1, 0, 10.0 + k], [0, 1, -5]])
                cv2.warpAffine(person(number), matrix, (320, 240), dst=canvas, borderMode=cv2.BORDER_TRANSPARENT)
            video.write(canvas)


def test_misfits(tmp_path: Path) -> None:
    """A person who stands upright is kept, turned the other way up never."""
    film(tmp_path / "a.mp4", 5, empty=0)
    command = [sys.executable, "-m", "benchmarks.misfits", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    turns = json.loads(line)["turned"]
    assert {turn: (each["frames"], each["kept"]) for turn, each in turns.items()} == {
        "0": (25, 25),
        "90": (25, 0),
        "180": (25, 0),
        "270": (25, 0),
    }
    assert all(sum(each["left_out"].values()) == 25 - each["kept"] for each in turns.values())


def test_extract(tmp_path: Path) -> None:
    (tmp_path / "clips" / "sub").mkdir(parents=True)
    film(tmp_path / "clips" / "a.mp4", 5, empty=0)
    film(tmp_path / "clips" / "sub" / "b.mp4", 7, empty=5)
    (tmp_path / "clips" / "note.txt").write_text("no clip")
    command = [sys.executable, "-m", "benchmarks.extract", tmp_path / "clips", "--long", "50"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    counts = {"clips": 2, "frames": 50, "frames_kept": 45, "frames_kept_by_plain": 45}
    lost = {"clips_lost": 0, "frames_lost": 0, "frames_of_another_face": 0}
    assert {key: result[key] for key in (counts | lost)} == counts | lost
    figures = {"ratio", "of_ceiling", "share_of_decoding", "peak_memory_mb", "long_clip_memory_mb", "two_workers"}
    assert all(result[key] > 0 for key in figures)
    assert 0 < result["landmark_median"] <= result["landmark_p95"] < 0.1
    assert 0 <= result["landmark_median_between_pixels"] < 0.1
    assert result["ms_per_frame"].keys() == {"decoding", "ceiling", "plain", "engine"}
    assert all(value > 0 for value in result["ms_per_frame"].values())
    assert isinstance(result["processor"], list)


def test_a_figure_of_pictures_is_the_mean_over_frames_with_an_interval_over_subjects():
    values, subjects = pd.Series([0.0, 0.0, 1.0, np.nan]), pd.Series(["ann", "ann", "bob", "bob"])
    # Of two subjects a draw has ann alone (0), bob alone (1) or both (1/3): a quarter, a quarter and a half of all draws.
    assert pictures.figure(values, subjects) == {"value": round(1 / 3, 4), "low": 0.0, "high": 1.0, "n": 3}
    assert pictures.figure(values[3:], subjects[3:])["value"] is None


def test_how_far_a_generator_is_over_the_warp_is_measured_frame_by_frame():
    rows = [
        {"subject": subject, "generator": name, "ssim": base + over * (name == "dense")}
        for name in ("dense", "warp")
        for subject, base, over in (("ann", 0.2, 0.1), ("bob", 0.9, 0.1))
    ]
    over = pictures.summary(pd.DataFrame(rows))["dense"]["over_warp"]["ssim"]
    assert over == {"value": 0.1, "low": 0.1, "high": 0.1, "n": 2}


def test_turns_and_openings_of_the_mean_face_are_what_they_are_made_to_be():
    face = mean_face().numpy()
    turned = face @ Rotation.from_euler("y", 25, degrees=True).as_matrix().T
    frames = np.stack([face, turned])[..., :2].astype(np.float32) * 20 + 32
    assert pictures.turn_degrees(frames, 64) == pytest.approx([25], abs=1)
    opened = frames[0].copy()
    opened[66, 1] += 4  # a fifth of the distance between the eyes' outer corners
    before, after = pictures.gaps(frames[0]), pictures.gaps(opened)
    assert after[0] - before[0] == pytest.approx(0.2, abs=0.01) and after[1] == before[1]


def test_what_shakes_lags_and_flattens_is_measured_as_it_was_made():
    times = np.arange(100) / 25
    curve = 10 * np.sin(2 * np.pi * times)
    assert jitter.lag([np.roll(curve, 1)], [curve]) == pytest.approx(1, abs=0.01)
    assert jitter.lag([10 * np.sin(2 * np.pi * (times - 0.01))], [curve]) == pytest.approx(0.25, abs=0.02)
    assert jitter.kept([0.5 * curve], [curve], 4) == {"kept": 0.5, "n": 4}
    points = np.zeros((4, 68, 2))
    points[1::2, :, 0] = 1  # every point leaps to the right and back: second differences of 2 pixels across
    assert jitter.jitter([points, np.full((4, 68, 2), np.nan)]) == pytest.approx(2)
    assert jitter.error([points + 7], [np.zeros_like(points)]) == pytest.approx(0.5)


@pytest.fixture
def faces_shard(tmp_path: Path) -> Path:
    """A drawn face that moves, as three frames each of five subjects."""
    picture, path = person(1), tmp_path / "faces.parquet"
    points = mean_face().numpy()[:, :2] * 60 + 128
    with ShardWriter(path, {}, 100) as shard:
        for clip in range(5):
            for frame in range(3):
                shard.write(shifted_row(picture, points.astype(np.float32), clip, frame))
            shard.end_clip()
    return path


def ablation_of(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it in a folder as a user would, for no time."""
    write_params(Params(), folder / "params.yaml")
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.ablation", "--seconds", "0", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_the_ablation_measures_people_who_were_kept_out(faces_shard: Path) -> None:
    found = ablation_of(faces_shard.parent, "--only", "flow", "mask", "structure", "--shards", faces_shard.name, "--held-out", "2")
    result = json.loads(found.stdout)
    assert result["subjects"] == [2, 3] and result["iterations"] == {"flow": 2, "mask": 2, "structure": 2}
    assert list(result["self"]) == ["warp", "flow", "mask", "structure"] and result["self"]["flow"]["ssim"]["n"] == 6
    assert list(result["steps"]) == ["mask over flow"]  # what structure adds to was not trained
    flow, mask = (result["self"][name]["ssim_face"]["value"] for name in ("flow", "mask"))
    assert result["steps"]["mask over flow"]["ssim_face"]["value"] == pytest.approx(mask - flow, abs=2e-4)


def test_the_ablation_says_what_it_lacks(faces_shard: Path) -> None:
    """With one held-out subject in every one, nobody is left to train on."""
    found = ablation_of(faces_shard.parent, "--only", "flow", "--shards", faces_shard.name, "--held-out", "1")
    assert found.returncode == 1 and found.stderr.strip().endswith("5 subjects are too few to keep some out of the training")


def test_what_an_ablation_leaves_out() -> None:
    """A mixed flow lies between the four given ones; without a mask the moved target is the picture."""
    params = DenseParams()
    face = mean_face()[:, :2] * 20 + 32
    points = torch.stack([face, face + 4])
    drawn = draw(points.numpy(), 64)
    target, wanted = TargetInput(torch.rand(1, 3, 64, 64), drawn[:1], points[:1]), WantedInput(drawn[1:], points[1:])
    mixed, moved = (network.parts(wanted, network.encode(target)) for network in (ablation.Mixed(params), ablation.Moved(params)))
    assert not torch.equal(mixed.image, mixed.moved) and torch.equal(moved.image, moved.moved) and not moved.mask.any()
    flows = torch.rand(1, 4, 2, 16, 16)
    flow = ablation.Mixing(8, 4)(torch.randn(1, 8, 16, 16), flows)
    assert (flow <= flows.amax(1)).all() and (flow >= flows.amin(1)).all()


def test_gradients_by_hand():
    """A step of 1 across, in one of two channels, of 4×4 pixels: 4 of the 24 differences across."""
    picture = torch.zeros(1, 2, 4, 4)
    picture[0, 0, :, 2:] = 1
    assert ablation.gradients(picture, torch.zeros_like(picture)).item() == pytest.approx(4 / 24)
    assert ablation.gradients(picture, picture + 3).item() == 0
