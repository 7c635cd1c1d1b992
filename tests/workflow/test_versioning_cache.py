"""How DVC's cache lies on the disk: copies and reflinks are right, links are refused, and a full disk is named."""

from __future__ import annotations

import bz2
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import Project, append, rules_run, stages_run

# An empty file system with reflinks: mkfs.btrfs -m single -d single, of 120 MiB.
BTRFS = Path(__file__).with_name("btrfs.img.bz2")


@pytest.fixture
def reflinks(finished: Project, tmp_path: Path) -> Iterator[Project]:
    """A copy of the finished workspace on a file system with reflinks."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system with reflinks")
    if shutil.which("filefrag") is None:
        pytest.skip("filefrag, of e2fsprogs, tells which blocks are shared, and is missing")
    image, place = tmp_path / "btrfs.img", tmp_path / "btrfs"
    image.write_bytes(bz2.decompress(BTRFS.read_bytes()))
    place.mkdir()
    mounted = subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"this machine mounts no btrfs: {mounted.stderr}")
    try:
        shutil.copytree(finished.root, place / "project", symlinks=True, ignore=shutil.ignore_patterns("mlruns"))
        yield Project(place / "project")
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.parametrize("kind", ["hardlink", "symlink"])
def test_a_cache_that_links_is_refused_with_the_reason(workspace, kind):
    workspace.run("dvc", "config", "--local", "cache.type", kind)
    for command in (("snakemake", "all"), ("reenact", "record"), ("reenact", "sync")):
        refused = workspace.run(*command, check=False)
        assert refused.returncode == 1
        assert f"cache.type is {kind}" in refused.stderr
        assert "stale result" in refused.stderr


def test_reflinks_share_the_disk_and_stay_apart(reflinks):
    reflinks.run("dvc", "config", "--local", "cache.type", "reflink")
    reflinks.run("dvc", "checkout", "--relink")
    reflinks.run("reenact", "sync")
    assert shares_blocks(reflinks.root / "data/shards/test/00000.parquet")
    # This stage keeps its outputs while it runs again; links would spoil the cached ones.
    clips = sorted(reflinks.root.glob("data/corpus/*/dev/mp4/*/*/*.mp4"))
    old = reflinks.root / "data/shards/train"
    before = {path.name: path.read_bytes() for path in old.glob("*.parquet")}
    lock = (reflinks.root / "dvc.lock").read_bytes()
    clips[0].write_bytes(clips[1].read_bytes())
    reflinks.run("reenact", "manifest")
    assert stages_run(reflinks.run("dvc", "repro", "shards").stdout) == {"corpus", "shards"}
    after = {path.name: path.read_bytes() for path in old.glob("*.parquet")}
    assert sum(before[name] != after[name] for name in before) == 1
    assert reflinks.stages_planned() == {"ldnet", "dense", "report", "evaluate"}
    # The cache still has the older shards.
    (reflinks.root / "dvc.lock").write_bytes(lock)
    reflinks.run("dvc", "checkout", "--force", "shards")
    assert {path.name: path.read_bytes() for path in old.glob("*.parquet")} == before


def test_a_full_disk_while_recording_copies_and_again_with_room(workspace):
    """A limit on file size stands for a full disk: what is larger cannot be written into the cache."""
    workspace.run("dvc", "config", "--local", "cache.type", "copy")
    append(workspace, "reenact/report/templates/style.css")
    assert rules_run(workspace.run("snakemake", "all").stderr) == {"report"}
    stopped = workspace.run("bash", "-c", "ulimit -f 50; reenact record", check=False)
    assert stopped.returncode == 1
    assert "could not record everything" in stopped.stderr
    assert workspace.stages_changed()
    workspace.run("reenact", "record")
    assert workspace.agrees()


def shares_blocks(path: Path) -> bool:
    """Whether another file has the same blocks of the disk as this one."""
    listed = subprocess.run(["filefrag", "-v", path], capture_output=True, text=True, check=True).stdout
    return "shared" in listed
