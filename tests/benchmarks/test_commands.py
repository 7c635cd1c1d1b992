"""That the commands behind the docs' figures stand as written, and run."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "benchmarks").glob("*.py"))]
COMMAND = re.compile(r"python (?:-m benchmarks\.|benchmarks/)(\w+)(?:\.py)?([^`\n]*)")
DOCUMENTED = sorted({(page.name, *match) for page in PAGES for match in COMMAND.findall(page.read_text(encoding="utf-8"))})
# The least of each that there is. size starts `reenact` sixteen times, as plan does: of it the options alone are looked at.
LEAST = {
    "read": ["tiny.parquet", "--seconds", "0.01", "--repeats", "1", "--rows", "0"],
    "render": ["--clips", "1"],
    "generators": ["--only", "fdgan", "warp", "--preset", "tiny", "--threads", "1", "--repeats", "1"],
    "ldnet": ["--preset", "tiny", "--repeats", "1"],
    "ldnet_readings": ["--preset", "tiny", "--only", "no contrast"],
    "jitter": ["--people", "1", "--generated", "1"],
    "fit": ["--subjects", "2", "--stride", "50", "--json"],
    "habits": ["--people", "1", "--frames", "8"],
    "score": ["tiny.parquet", "--pairs", "3", "--frames", "4", "--workers", "1", "--size", "64"],
    "plan": ["--clips", "20", "--shards", "2"],
}
# The options that take a number above 0.
ABOVE_NOTHING = {
    "ablation": ["--seconds", "--held-out"],
    "dictionary": ["--rows"],
    "extract": ["--every", "--long"],
    "fit": ["--subjects", "--stride"],
    "generators": ["--threads", "--repeats", "--batch"],
    "habits": ["--people", "--frames"],
    "jitter": ["--people", "--generated"],
    "score": ["--pairs", "--frames", "--workers", "--size"],
    "ldnet": ["--threads", "--repeats"],
    "ldnet_readings": ["--threads", "--seeds"],
    "misfits": ["--turned-every"],
    "pictures": ["--frames"],
    "plan": ["--clips", "--shards"],
    "portraits": ["--frames", "--seconds"],
    "read": ["--seconds", "--repeats"],
    "render": ["--subjects", "--stride", "--clips"],
    "size": ["--stride"],
}
# Figures of a generator that cannot be nothing, even rounded.
POSITIVE = {"training_images_per_second", "training_over_plain", "ms_per_frame_batch1", "ms_per_frame_batch8", "peak_memory_mb"}
# Figures of LD-Net at the paper's sizes.
SPEED = ("over_transcription", "share_of_peak", "ms_per_frame_batch1", "ms_per_frame_batch100")


def words_of(written: str) -> list[str]:
    """A command's arguments with what may be left out in them, and stand-ins for what the reader is to fill in."""
    words = re.sub(r"[\[\]]|\.\.\.", "", written).split()
    return [re.sub(r"^[A-Z]+$", "1", word) for word in words]


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


@pytest.mark.parametrize("name", ABOVE_NOTHING)
@pytest.mark.parametrize("number", ["0", "-1", "nan"])
def test_a_number_that_makes_no_sense_is_refused(name: str, number: str, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    for option in ABOVE_NOTHING[name]:
        monkeypatch.setattr(sys, "argv", [name, option, number])
        with pytest.raises(SystemExit) as ended:
            importlib.import_module(f"benchmarks.{name}").main()
        assert ended.value.code == 2
        assert re.search(rf"error: argument {option}: .*{number}", capsys.readouterr().err)


@pytest.mark.parametrize("name", sorted({name for _, name, _ in DOCUMENTED}))
def test_every_benchmark_gives_errors_as_text(name: str) -> None:
    assert hasattr(importlib.import_module(f"benchmarks.{name}").main, "__wrapped__")


@pytest.mark.parametrize("name", ["generators", "ldnet"])
def test_an_error_that_a_user_can_mend_is_a_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--preset", "nonsense"])
    with pytest.raises(SystemExit, match=r"^Error: There is no preset named 'nonsense'"):
        importlib.import_module(f"benchmarks.{name}").main()


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
        "ldnet": lambda: [figures["training"]["iterations_per_second"], *(figures[name] for name in SPEED)],
        "ldnet_readings": lambda: list(figures["readings"]["no contrast"].values()),
        "jitter": lambda: [each[key] for part, key in (("landmarks", "jitter"), ("results", "seen")) for each in figures[part].values()],
        "fit": lambda: list(figures["frames_per_second_of_two_processes"].values()),
        "habits": lambda: [
            each[part]["dlib"]["all"]["mean"] for each in figures["jitter"].values() for part in ("left", "from_frame_to_frame")
        ],
        "score": lambda: [*(each["total"] for each in figures["seconds"].values()), *figures["ms_a_frame"].values()],
        "plan": lambda: [figures[f"{part}_seconds"] for part in ("manifest", "manifest_again", "dry_run", "manifest_one_more")],
    }[name]()
    assert rates and all(rate > 0 for rate in rates)
    if name == "generators":
        trained = {name for name, each in figures["generators"].items() if "training_over_plain" in each}
        assert figures["generators"].keys() == {"fdgan", "warp"} and trained == {"fdgan"}
        assert all(0 <= figures["generators"][each]["waiting_share"] < 1 for each in trained)
    if name == "ldnet":  # times of one repeat are rough: in a quiet moment the share is under 1
        assert figures["share_of_peak"] < 3 and figures["ms_per_frame_batch100"] < figures["ms_per_frame_batch1"] < 1000
    if name == "plan":  # the plan follows the lists: all shards, none once all are made, the one that a clip was added to
        counted = ("dry_run_shards", "dry_run_finished_shards", "lists_changed", "dry_run_one_more_shards")
        assert [figures[each] for each in counted] == [2, 0, 1, 1]
