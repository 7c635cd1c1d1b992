"""Proves the CUDA path and measures it: ``python -m benchmarks.gpu`` runs the tests marked `cuda`, then prints one JSON line.

It runs from the sources. What it needs besides Python, it names where it is missing. Output of the tests goes to the standard error stream.

- limits_tflops: 10^12 floating-point operations a second, of a large matrix product or a large 3×3 convolution, whichever is faster, in
  each precision. float32 is IEEE's, not TF32. share_of_peak: of the limit in the network's own precision.
- learning: images (of LD-Net samples) a second in each phase of a training. Batches were read before, but copying them counts; LD-Net draws
  its samples meanwhile. seconds_to_begin: of the first three iterations. peak_memory_mb: on the device. compiled: the same with the
  parameter `compile`.
- using: milliseconds a frame, of so many at once, from landmarks to pictures on the host; of LD-Net from landmarks to landmarks.
  share_of_peak: of the larger batch.
- tests: "passed", "failed" or "skipped". error: why a figure is missing.

Sizes are those of the paper (presets/paper.yaml). Times are the fastest of five.

Exit codes: 0 all is well; 1 a test failed or a figure is missing, or a package is; 2 wrong options; 3 there is no CUDA device.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.command import errors_as_text
from reenact.errors import ReenactError

ROOT = Path(__file__).parents[1]
NO_DEVICE = 3
REPEATS = 5
# What a training imports, and pytest: the module by which each package is found.
PACKAGES = {
    "torch": "torch",
    "numpy": "numpy",
    "opencv-python-headless": "cv2",
    "pyarrow": "pyarrow",
    "pydantic": "pydantic",
    "pytest": "pytest",
    "ruamel.yaml": "ruamel.yaml",
    "safetensors": "safetensors",
    "tqdm": "tqdm",
}
TESTS = ["-m", "pytest", "tests/cuda", "-m", "cuda", "-q", "-rs", "-p", "no:cacheprovider"]


def require_packages() -> None:
    """Raise ReenactError that names the packages that are not installed."""
    missing = [package for package, module in PACKAGES.items() if not _is_there(module)]
    if missing:
        raise ReenactError(f"these packages are missing: {', '.join(missing)}; install them with: pip install {' '.join(missing)}")


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package above it is missing
        return False


def run_tests() -> str:
    """Run the tests marked `cuda`; "passed" or "failed"."""
    done = subprocess.run([sys.executable, *TESTS], cwd=ROOT, stdout=sys.stderr, check=False)
    return "passed" if done.returncode == 0 else "failed"


@errors_as_text
def main() -> None:
    require_packages()
    import torch

    from benchmarks.gpu_figures import NETWORKS, errors_in, measured
    from reenact.config.presets import apply_preset

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=NETWORKS, help=f"measure these alone, of: {', '.join(NETWORKS)}")
    parser.add_argument("--skip-tests", action="store_true", help="measure only")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print(f"There is no GPU here: PyTorch {torch.__version__} sees no CUDA device. Nothing was tested or measured.", file=sys.stderr)
        sys.exit(NO_DEVICE)
    tests = "skipped" if options.skip_tests else run_tests()
    figures = measured(options.only or NETWORKS, apply_preset(ROOT, "paper", ["device=cuda"]), REPEATS)
    device = {"device": torch.cuda.get_device_name(), "torch": torch.__version__, "cuda": torch.version.cuda}
    print(json.dumps({"benchmark": "gpu", "tests": tests, **device, **figures}))
    if tests == "failed" or errors_in(figures):
        sys.exit(1)


if __name__ == "__main__":
    main()
