"""Checkpoints: everything that a training needs to go on, in files written atomically."""

from __future__ import annotations

import logging
import pickle
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from reenact.errors import ReenactError
from reenact.files import atomic_path

log = logging.getLogger(__name__)

KEPT = 2


class Stateful(Protocol):
    """A module, a phase, curves: anything whose state can be saved and restored."""

    def state_dict(self) -> dict: ...

    def load_state_dict(self, state: Mapping) -> Any: ...


def save(folder: Path, iterations: int, parts: Mapping[str, Stateful]) -> None:
    """Write the state of `parts` after this many `iterations`, and drop all but the two newest checkpoints of `folder`."""
    with (
        atomic_path(folder / f"iteration-{iterations:09d}.pt") as part,
        part.open("wb") as file,
    ):  # given a path, torch would not say why it cannot write
        torch.save({"iterations": iterations, "parts": {name: stateful.state_dict() for name, stateful in parts.items()}}, file)
    for path in _files(folder)[:-KEPT]:
        path.unlink()


def restore(folder: Path, parts: Mapping[str, Stateful], device: torch.device) -> int:
    """Load the newest whole checkpoint of `folder` into `parts`; returns the iterations done, 0 if there is none.

    A damaged file is skipped for the one before it, with a warning. Raises ReenactError if a whole checkpoint has other parts or
    shapes.
    """
    for path in reversed(_files(folder)):
        try:
            state = _read(path, device)
        except (RuntimeError, pickle.UnpicklingError, EOFError, OSError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            log.warning("checkpoint %s is damaged (%s); going back to the one before it", path, error)
            continue
        try:
            iterations = int(state["iterations"])
            for name in sorted(set(parts) | set(state["parts"])):
                parts[name].load_state_dict(state["parts"][name])
        except (RuntimeError, LookupError, ValueError, TypeError, AttributeError) as error:
            raise ReenactError(f"checkpoint {path} is of another training ({error}); remove the folder {folder} to start afresh") from error
        log.info("going on from checkpoint %s", path)
        return iterations
    return 0


def clear(folder: Path) -> None:
    """Remove the checkpoints in `folder` and below, and the folders left empty."""
    for path in sorted(folder.rglob("iteration-*.pt")):
        path.unlink()
    for path in sorted((path for path in [folder, *folder.rglob("*")] if path.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def _read(path: Path, device: torch.device) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:  # torch.load overlooks a flipped bit; the archive's checksums do not
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"wrong checksum of {damaged}")
    return torch.load(path, map_location=device, weights_only=True)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("iteration-*.pt") if path.is_file())
