"""What every corpus offers, and the draws by seed that they share."""

from __future__ import annotations

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
    by_name = {f"{clip.video}/{clip.clip}": clip for clip in clips}
    if len(by_name) < len(clips):
        twins = sorted(str(clip.path) for clip in clips if by_name[f"{clip.video}/{clip.clip}"] is not clip)
        raise ReenactError(f"two video files share the name of one clip: {twins[0]} differs from another in its ending only; rename one of them")
    return sorted(by_name[name] for name in ranked(by_name, seed, "clips", clips[0].subject if clips else "")[:count])


def entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The folders and the files in `folder`, each sorted, symlinks followed, hidden ones left out; a dangling link counts as a file."""
    visible = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    for path in visible:
        if not path.name.isprintable():
            raise ReenactError(f"{str(path)!r}: a name with characters that cannot be printed or are not UTF-8; rename it")
    folders = [path for path in visible if path.is_dir()]
    return folders, [path for path in visible if path not in set(folders)]


def what_is_there(folder: Path, at_most: int = 5) -> str:
    """A few names in `folder`, for an error message."""
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more if names else "nothing"
