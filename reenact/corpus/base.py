"""What every corpus offers, and the draws by seed that they share."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from reenact.errors import ReenactError
from reenact.params import Params
from reenact.seeding import derived_seed

TRAIN, TEST = SPLITS = ("train", "test")


@dataclass(frozen=True, order=True)
class Clip:
    """One video file that shows one person.

    `subject`, `video` (the recording that the clip was cut from) and `clip` together name it; `split` is "train" or "test";
    `path` can be opened as it is. Clips sort by subject, video and clip.
    """

    subject: str
    video: str
    clip: str
    split: str
    path: Path


class Corpus(ABC):
    """A source of clips, already reduced to the subjects and clips that the parameters ask for."""

    @abstractmethod
    def clips(self) -> list[Clip]:
        """Every clip of both splits, sorted; no subject is in both. Raises ReenactError where there are none."""

    def ignored(self) -> list[Path]:
        """Files and folders beside the clips that were passed over because they do not fit the layout, sorted."""
        return []


def open_corpus(params: Params, root: Path) -> Corpus:
    """The corpus that `params.corpus` describes; relative paths start at the project's `root`."""
    if params.corpus.kind == "synthetic":
        from reenact.corpus.synthetic import SyntheticCorpus

        return SyntheticCorpus(params, root)
    if params.corpus.kind == "voxceleb2":
        from reenact.corpus.voxceleb2 import VoxCeleb2Corpus

        return VoxCeleb2Corpus(params, root)
    from reenact.corpus.folder import FolderCorpus

    return FolderCorpus(params, root)


def corpus_folder(params: Params, root: Path) -> Path:
    """The folder of a voxceleb2 or folder corpus; ReenactError where it is missing."""
    folder = root / str(params.corpus.path)
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise ReenactError(f"corpus.path: {folder} {what}; set corpus.path in params.yaml to the folder that holds the videos")
    return folder


def ranked(names: Iterable[str], seed: int, *what: str) -> list[str]:
    """The names in a random order in which any two keep their places whatever other names there are.

    Its first n are thus a draw that one more name changes in one place at most.
    """
    return sorted(names, key=lambda name: (derived_seed(seed, *what, name), name))


def draw_clips(clips: list[Clip], count: int | None, seed: int) -> list[Clip]:
    """At most `count` of one subject's clips (None: all), drawn by seed, sorted; other subjects have no part in the draw."""
    by_name: dict[str, Clip] = {}
    for clip in clips:
        twin = by_name.setdefault(f"{clip.video}/{clip.clip}", clip)
        if twin is not clip:
            raise ReenactError(f"{twin.path} and {clip.path.name} beside it differ in their ending only; rename one of them")
    drawn = ranked(by_name, seed, "clips", clips[0].subject)[:count] if clips else []
    return sorted(by_name[name] for name in drawn)


def entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The folders and the files in `folder`, each sorted, symlinks followed, hidden ones left out; a dangling link counts as a file."""
    folders, files = [], []
    try:
        found = os.scandir(folder)
    except PermissionError:
        raise ReenactError(f"{folder} may not be read; change its permissions, or move it out of the corpus") from None
    with found:
        for entry in found:
            if entry.name.startswith("."):
                continue
            try:
                entry.name.encode()
            except UnicodeEncodeError:
                raise ReenactError(f"{entry.path!r}: the name is not UTF-8; rename it") from None
            (folders if entry.is_dir() else files).append(folder / entry.name)
    return sorted(folders), sorted(files)


def what_is_there(folder: Path, at_most: int = 5) -> str:
    """A few names in `folder`, for an error message."""
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more if names else "nothing"
