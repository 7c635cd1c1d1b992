"""Strange files, missing folders and killed runs, through `snakemake` itself."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from reenact.video.encode import VideoWriter
from tests.support.media import ffmpeg
from tests.support.project import Project, rules_run, wait_for

SCREEN = 40  # lines


@pytest.fixture
def footage(finished: Project, tmp_path: Path) -> Path:
    """The rendered clips as a user's VoxCeleb2 corpus, with one file of each bad kind among the training clips."""
    folder = tmp_path / "footage"
    (rendered,) = (finished.root / "data/corpus").iterdir()
    shutil.copytree(rendered, folder, ignore=shutil.ignore_patterns("*.parquet"))
    clips = sorted(folder.glob("dev/mp4/*/*/*.mp4"))
    bad = clips[0].parent.parent / "bad"
    bad.mkdir()
    (bad / "empty.mp4").touch()
    (bad / "text.mp4").write_text("These are words and no pictures.\n" * 100)
    (bad / "cut.mp4").write_bytes(clips[0].read_bytes()[:4000])
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", bad / "sound.mp4")
    with VideoWriter(bad / "nobody.mp4", (128, 128)) as writer:
        for _ in range(20):
            writer.write(np.full((128, 128, 3), 90, np.uint8))
    return folder


def test_bad_files_stand_in_the_ledger_and_stop_nothing(workspace, footage):
    workspace.run("reenact", "preset", "tiny", "corpus.kind=voxceleb2", f"corpus.path={footage}", "corpus.clips_per_subject=null")
    workspace.run("snakemake", "shards_stage")
    clips = [
        clip for path in (workspace.root / "data/shards/train").glob("*.ledger.json") for clip in json.loads(path.read_text())["by_clip"]
    ]
    problems = {clip["clip"]: clip["problem"] for clip in clips if clip["video"] == "bad"}
    assert problems["empty"] == "empty file"
    assert problems["sound"] == "no video stream"
    assert problems["nobody"] == "no face"
    assert problems["text"] in {"not a video", "truncated"}
    assert problems["cut"] in {"not a video", "truncated"}
    ledger = json.loads((workspace.root / "data/shards/ledger.json").read_text())
    assert ledger["clips"]["in"] == 14 + 5
    assert sum(ledger["clips"]["left_out"].values()) == 5


def test_a_subject_in_both_splits_is_named_and_no_list_passes_for_current(workspace, footage):
    train = sorted((footage / "dev/mp4").iterdir())[0]
    shutil.copytree(train, footage / "test/mp4" / train.name)
    workspace.run("reenact", "preset", "tiny", "corpus.kind=voxceleb2", f"corpus.path={footage}", "corpus.test_subjects=null")
    stopped = workspace.run("snakemake", "all", check=False)
    assert stopped.returncode != 0
    assert train.name in stopped.stderr
    assert not list((workspace.root / "data/manifest").rglob("*.csv")), "the old lists do not pass for its own"


def test_a_missing_corpus_is_named_and_no_list_passes_for_current(workspace):
    workspace.run("reenact", "preset", "tiny", "corpus.kind=folder", "corpus.path=no/such/folder")
    stopped = workspace.run("snakemake", "all", check=False)
    assert stopped.returncode != 0
    assert "corpus.path" in stopped.stderr
    assert "no/such/folder" in stopped.stderr
    assert "no/such/folder" in (workspace.root / "logs/manifest.log").read_text()
    assert not list((workspace.root / "data/manifest").rglob("*.csv")), "the old lists do not pass for its own"


def test_the_same_command_goes_on_after_everything_was_killed(workspace):
    workspace.run("reenact", "preset", "tiny", "ldnet.phase2.iterations=300")
    running = workspace.start("snakemake", "all")
    wait_for(lambda: list((workspace.root / ".state/training/ldnet").rglob("*.pt")), running)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert list((workspace.root / ".snakemake/locks").glob("*.lock")), "a killed Snakemake leaves its locks"
    ran = workspace.run("snakemake", "all")
    assert rules_run(ran.stderr) == {"ldnet", "predict", "score", "report"}
    workspace.run("reenact", "record")
    assert workspace.agrees()


def test_a_changed_test_clip_retrains_nothing(workspace):
    clips = sorted(workspace.root.glob("data/corpus/*/test/mp4/*/*/*.mp4"))
    clips[0].write_bytes(clips[1].read_bytes())
    workspace.run("reenact", "manifest")
    assert workspace.planned().keys() == {"shard", "ledger", "testsets", "predict", "score", "report", "all"}


def test_an_error_that_nobody_foresaw_stands_in_the_log_and_last_on_the_screen(workspace):
    page = workspace.root / "reenact/report/page.py"
    page.write_text(page.read_text() + '\nraise RuntimeError("nobody foresaw this")\n')
    stopped = workspace.run("snakemake", "all", check=False)
    assert stopped.returncode != 0
    log = (workspace.root / "logs/report.log").read_text()
    assert log.startswith("Traceback")
    assert log.endswith("RuntimeError: nobody foresaw this\n")
    lines = stopped.stderr.splitlines()
    assert "RuntimeError: nobody foresaw this" in lines[-SCREEN:]
    assert any("logs/report.log" in line for line in lines[-SCREEN:])
