"""Checkpoints: everything that a training needs to go on, in files written atomically."""

from __future__ import annotations

import logging
import pickle
import zipfile
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import torch

from reenact.errors import ReenactError
from reenact.files import atomic_path

log = logging.getLogger(__name__)

KEPT = 2
DAMAGES = (RuntimeError, pickle.UnpicklingError, EOFError, OSError, ValueError, zipfile.BadZipFile, zlib.error)


class Stateful(Protocol):
    """A module, a phase, curves: anything whose state can be saved and restored."""

    def state_dict(self) -> dict: ...

    def load_state_dict(self, state: Mapping) -> Any: ...


def save(
    folder: Path,
    iterations: int,
    parts: Mapping[str, Stateful],
    kept: Collection[int | None] = (),
    note: Mapping[str, str] | None = None,
) -> None:
    """Write the state of `parts` after this many `iterations`, then drop all checkpoints of `folder` but the two newest and those `kept`.

    kept: the iterations of checkpoints. note: what the training's watcher wants to find again (`note_of`).
    """
    state = {"iterations": iterations, "parts": {name: stateful.state_dict() for name, stateful in parts.items()}, "note": dict(note or {})}
    with (
        atomic_path(folder / f"iteration-{iterations:09d}.pt") as part,
        part.open("wb") as file,
    ):  # given a path, torch would not say why it cannot write
        try:
            torch.save(state, file)
        except RuntimeError as error:  # torch fails a second time while it closes a file that it could not write
            raise (error.__context__ if isinstance(error.__context__, OSError) else error) from None
    for path in _files(folder)[:-KEPT]:
        if _iterations(path) not in kept:
            path.unlink()


def newest(folder: Path, until: int | None = None) -> Path | None:
    """The newest checkpoint of `folder`, or the newest after at most `until` iterations; None if there is none."""
    return max((path for path in _files(folder) if until is None or _iterations(path) <= until), default=None)


def newest_iterations(folder: Path, until: int) -> int | None:
    """The iterations of `newest`."""
    path = newest(folder, until)
    return None if path is None else _iterations(path)


def drop_after(folder: Path, iterations: int) -> None:
    """Remove the checkpoints of `folder` after more than `iterations`."""
    for path in _files(folder):
        if _iterations(path) > iterations:
            path.unlink(missing_ok=True)  # another process of the training may be faster


def note_of(folder: Path) -> dict[str, str]:
    """What `save` was given as a note, by the newest checkpoint in `folder` and below; empty if none can be read."""
    for path in sorted(folder.rglob("iteration-*.pt"), key=lambda path: path.stat().st_mtime, reverse=True):
        with suppress(*DAMAGES):
            return dict(_read(path, torch.device("cpu")).get("note", {}))
    return {}


def restore(folder: Path, parts: Mapping[str, Stateful], device: torch.device, only: int | None = None) -> int:
    """Load the newest whole checkpoint of `folder` into `parts`; returns the iterations done, 0 if there is none.

    only: no other checkpoint than the one after so many iterations.
    A damaged file is passed over, with a warning. Raises ReenactError if a whole checkpoint has other parts or
    shapes.
    """
    for path in reversed([path for path in _files(folder) if only in (None, _iterations(path))]):
        try:
            state = _read(path, device)
        except DAMAGES as error:
            log.warning("checkpoint %s is damaged (%s) and passed over", path, error)
            continue
        try:
            iterations = int(state["iterations"])
            for name in sorted(set(parts) | set(state["parts"])):
                parts[name].load_state_dict(state["parts"][name])
        except (RuntimeError, LookupError, ValueError, TypeError, AttributeError) as error:
            misfit = " ".join(line.strip() for line in str(error).splitlines()[:2])  # PyTorch lists every tensor
            raise ReenactError(
                f"checkpoint {path} is of another training ({misfit}); remove the folder {folder} to start afresh"
            ) from error
        if only is None:
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


def _iterations(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("iteration-*.pt") if path.is_file())
