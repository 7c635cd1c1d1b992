"""How long planning takes for a large corpus: ``python -m benchmarks.plan [--clips N] [--shards N]`` prints one JSON line.

The corpus is a folder in VoxCeleb2's layout with copies of one small H.264 video, each with a few bytes of its own. `reenact manifest`
and Snakemake run in a copy of the project beside it.

- manifest: the first look at every file, its hash and its headers. manifest_again: nothing changed. manifest_one_more: one clip added;
  lists_changed: the number of clip lists that this changed.
- dry_run: `snakemake all --dry-run` before any shard is made. dry_run_finished: with all results made (empty files that Snakemake was told
  to accept). dry_run_one_more: after a clip was added. ``_shards``: the number of shards to be made.

``_seconds`` is wall time, ``_cpu_seconds`` processor time, ``_mb`` the largest process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.command import errors_as_text, positive
from reenact.config.presets import apply_preset
from reenact.config.schema import Params
from reenact.config.yaml_text import write_params
from reenact.generators.registry import folders
from reenact.training.device import processor_flags
from reenact.video.encode import VideoWriter
from reenact.workspace import LISTS, METRICS, PREDICTIONS, SPLITS, TESTSETS, TRUTH, Workspace

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CLIPS_A_VIDEO, VIDEOS_A_SUBJECT = 10, 10
TEST_SHARE = 0.05
SIDE, FRAMES = 224, 3
PROJECT = ("pipeline", "profiles", "reenact")


def run(project: Path, name: str, *command: str) -> tuple[dict[str, float], str]:
    """Run a tool in `project`; returns its time and memory, as figures whose names begin with `name`, and its output."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(project), str(ROOT)])}
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen([str(BIN / command[0]), *command[1:]], cwd=project, env=environment, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        output.seek(0)
        text = output.read()
    if status != 0:
        sys.exit(f"{' '.join(command)} failed:\n{text[-3000:]}")
    figures = {"seconds": round(seconds, 1), "cpu_seconds": round(used.ru_utime + used.ru_stime, 1), "mb": round(used.ru_maxrss / 1024)}
    return {f"{name}_{unit}": value for unit, value in figures.items()}, text


def small_video(path: Path) -> bytes:
    """A real H.264 file of noise in VoxCeleb2's size, a few kilobytes."""
    random = np.random.default_rng(1)
    with VideoWriter(path, (SIDE, SIDE), crf=40) as video:
        for _ in range(FRAMES):
            coarse = random.integers(0, 256, (SIDE // 16, SIDE // 16, 3), np.uint8)
            video.write(coarse.repeat(16, 0).repeat(16, 1))
    return path.read_bytes()


def write_clip(corpus: Path, number: int, split: str, video: bytes) -> None:
    """Clip `number` of a split: the video and a free box that holds the number, so that each file has a hash of its own."""
    subject, rest = divmod(number, VIDEOS_A_SUBJECT * CLIPS_A_VIDEO)
    recording, clip = divmod(rest, CLIPS_A_VIDEO)
    folder = corpus / split / "mp4" / f"id{subject + 10_000 * (split == 'test'):05d}" / f"video{recording:06d}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{clip + 1:05d}.mp4").write_bytes(video + (16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big"))


def pretend(project: Path, params: Params) -> None:
    """Put an empty file in the place of every result, for Snakemake to accept."""
    workspace = Workspace(project)
    shards = [path for split in SPLITS for path in (*workspace.shards(params, split), *workspace.ledgers(params, split))]
    results = [f"{TRUTH}/frames.parquet", f"{TRUTH}/landmarks.parquet", "data/shards/ledger.json", f"{TESTSETS}/inputs.json"]
    results += [f"{TESTSETS}/{name}" for name in ("lmtest.parquet", "lmtest/x", "selftest.json", "crosstest.json")]
    results += [f"{folder}/{name}" for folder in folders().values() for name in ("model.safetensors", "model.json", "curves.csv")]
    results += [f"{PREDICTIONS}/{name}.parquet" for name in ("selftest", "crosstest")]
    results += [f"{METRICS}/table{number}.json" for number in (1, 2, 3, 4)]
    results += ["results/tables/x", "results/figures/x", "results/crosstest.mp4", "results/report.html"]
    for path in (*shards, *(project / name for name in results)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def planned_shards(text: str) -> int:
    """The number of shard jobs in a dry run's table, which it prints twice."""
    return next((int(words[1]) for words in map(str.split, text.splitlines()) if len(words) == 2 and words[0] == "shard"), 0)


def lists(project: Path) -> dict[str, bytes]:
    """The content of each clip list, by name."""
    return {path.name: path.read_bytes() for path in (project / LISTS).iterdir()}


def measure(folder: Path, clips: int, shards: int) -> dict[str, float]:
    """Every figure of the line, in a corpus and a project below `folder`."""
    corpus, project = folder / "corpus", folder / "project"
    for name in PROJECT:
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", project)
    video = small_video(folder / "small.mp4")
    test = round(TEST_SHARE * clips)
    for number in range(clips - test):
        write_clip(corpus, number, "dev", video)
    for number in range(test):
        write_clip(corpus, number, "test", video)
    test_shards = max(1, round(TEST_SHARE * shards))
    everything = ["corpus.train_subjects=null", "corpus.test_subjects=null", "corpus.clips_per_subject=null"]
    sizes = [f"shards.train_shards={shards - test_shards}", f"shards.test_shards={test_shards}"]
    params = apply_preset(ROOT, "paper", [f"corpus.path={corpus}", *everything, *sizes])
    write_params(params, project / "params.yaml")

    dry = ("snakemake", "all", "--dry-run", "--quiet", "rules")
    found: dict[str, float] = {
        "clips": clips,
        "shards": shards,
        "video_bytes": len(video) + 16,
    }
    found |= run(project, "manifest", "reenact", "manifest")[0]
    found |= run(project, "manifest_again", "reenact", "manifest")[0]
    figures, text = run(project, "dry_run", *dry)
    found |= figures | {"dry_run_shards": planned_shards(text)}
    pretend(project, params)
    found |= run(project, "touch", "snakemake", "all", "--touch", "--forceall")[0]
    figures, text = run(project, "dry_run_finished", *dry)
    found |= figures | {"dry_run_finished_shards": planned_shards(text)}
    before = lists(project)
    write_clip(corpus, clips - test, "dev", video)
    found |= run(project, "manifest_one_more", "reenact", "manifest")[0]
    found |= {"lists_changed": sum(before.get(name) != content for name, content in lists(project).items())}
    figures, text = run(project, "dry_run_one_more", *dry)
    return found | figures | {"dry_run_one_more_shards": planned_shards(text)}


@errors_as_text
def main() -> None:
    """Parse the arguments and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=positive(int), default=100_000)
    parser.add_argument("--shards", type=positive(int), default=1_000)
    parser.add_argument("--folder", type=Path, help="folder for the temporary corpus (a gigabyte); by default the system's own")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        found = measure(Path(folder), arguments.clips, arguments.shards)
    flags = sorted(flag for flag in processor_flags() if flag.startswith(("avx2", "avx512", "amx", "sha_ni")))
    print(json.dumps({"benchmark": "plan", **found, "cores": os.cpu_count(), "processor": flags}))


if __name__ == "__main__":
    main()
