"""The machine and the software behind a report. Nothing here changes on one machine: the same files give the same page."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import torch

from reenact.evaluation.own_code import own_version
from reenact.testsets.lmtest import METADATA_KEY
from reenact.workspace import TESTSETS, TRUTH, Workspace

PACKAGES = ("torch", "numpy", "scipy", "opencv-python-headless", "dlib-bin", "anny", "pyarrow")
PROCESSORS = Path("/proc/cpuinfo")
GIBIBYTE = 1 << 30


def machine() -> dict[str, str]:
    """Processor, cores, memory, graphics processor, system and versions, this package's among them, in words: no host's name, no time."""
    return {
        "Processor": _processor(),
        "Cores": str(os.cpu_count()),
        "Memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / GIBIBYTE:.0f} GiB",
        "Graphics processor": torch.cuda.get_device_name() if torch.cuda.is_available() else "none that CUDA sees",
        "System": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "This package": own_version(),
        **{name: version(name) for name in PACKAGES},
    }


def device_in_words(device: torch.device) -> str:
    """The name of what networks run on: the processor, or a graphics processor."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()


def rendered_with(workspace: Workspace) -> str:
    """The ffmpeg that encoded the rendered videos of corpus and LMTest, as their files tell."""
    truth, lmtest = (_about(workspace.path(*parts)) for parts in ((TRUTH, "frames.parquet"), (TESTSETS, "lmtest.parquet")))
    notes = [note for note in (truth.get("ffmpeg"), lmtest.get("performance", {}).get("ffmpeg")) if note]
    builds = dict.fromkeys(f"{note['version']}, {note['found']} (build {note['build']})" for note in notes)
    return "; ".join(builds) or "none, as no video was rendered"


def _about(path: Path) -> dict[str, Any]:
    return json.loads((pq.read_schema(path).metadata or {}).get(METADATA_KEY, b"{}"))


def _processor() -> str:
    """The processor's name as Linux has it, elsewhere as Python has it."""
    lines = PROCESSORS.read_text(encoding="utf-8").splitlines() if PROCESSORS.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
