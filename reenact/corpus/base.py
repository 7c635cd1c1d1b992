"""What every corpus offers, and the draws by seed that they share."""

from __future__ import annotations

import errno
import os
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from pathlib import Path

from reenact.clips import Clip
from reenact.config.data import CorpusParams
from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.files import UnreadableFile, reading, require_utf8_name
from reenact.seeding import derived_seed
from reenact.workspace import TEST, TRAIN

REMEDY = "move it out of the corpus"
VIDEO_ENDINGS = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v")
# CrossTest pairs two test subjects, and the classifiers tell training subjects apart.
LEAST_SUBJECTS = 2


class Corpus(ABC):
    """A source of clips, already reduced to the subjects and clips that the parameters ask for."""

    @abstractmethod
    def __init__(self, params: Params, root: Path) -> None:
        """The corpus that `params.corpus` describes; relative paths start at the project's `root`."""

    @abstractmethod
    def clips(self) -> list[Clip]:
        """Every clip of both splits, sorted; no subject is in both. Raises ReenactError where there are none."""

    def ignored(self) -> list[Path]:
        """Files and folders beside the clips that were passed over because they do not fit the layout, sorted."""
        return []


class CorpusFolder(Corpus):
    """A corpus of real videos in the folder `corpus.path`."""

    def __init__(self, params: Params, root: Path) -> None:
        self._folder = corpus_folder(params, root)
        self._seed = params.data_seed
        self._corpus = params.corpus
        self._ignored: set[Path] = set()

    def ignored(self) -> list[Path]:
        """What the last call of `clips` passed over, in the folders that it looked into. A folder stands for all that is in it."""
        return sorted(self._ignored)


def corpus_folder(params: Params, root: Path) -> Path:
    """The folder of a corpus of real videos; ReenactError where it is missing."""
    folder = root / str(params.corpus.path)
    remedy = "set corpus.path in params.yaml to the folder that holds the videos"
    with reading(folder, remedy):
        there, is_folder = folder.exists(), folder.is_dir()
    if not is_folder:
        raise ReenactError(f"corpus.path: {folder} {'is not a folder' if there else 'does not exist'}; {remedy}")
    return folder


def ranked(names: Iterable[str], seed: int, *what: str) -> list[str]:
    """The names in a random order. Which of two names comes first does not depend on the other names.

    So one more name changes the first n in one place at most.
    """
    return sorted(names, key=lambda name: (derived_seed(seed, *what, name), name))


def draw_clips(clips: list[Clip], count: int | None, seed: int) -> list[Clip]:
    """At most `count` of one subject's clips (None: all), drawn by seed, sorted. Other subjects do not change the draw."""
    refuse_twins((f"{clip.video}/{clip.clip}", clip.track or clip.path) for clip in clips)
    by_name = {f"{clip.video}/{clip.clip}": clip for clip in clips}
    drawn = ranked(by_name, seed, "clips", clips[0].subject)[:count] if clips else []
    return sorted(by_name[name] for name in drawn)


def refuse_twins(named: Iterable[tuple[str, Path]]) -> None:
    """ReenactError where two files have the same name, that is, differ in their ending only."""
    files: dict[str, Path] = {}
    for name, path in named:
        twin = files.setdefault(name, path)
        if twin is not path:
            raise ReenactError(f"{twin} and {path.name} beside it differ in their ending only; rename one of them")


def split_by_share(subjects: Collection[str], share: float, seed: int) -> dict[str, list[str]]:
    """The subjects of each split: `share` of them, rounded, is for testing, with at least two on each side.

    One more subject moves at most one other to the other side.
    """
    order = ranked(subjects, seed, "split")
    test_count = min(max(round(share * len(order)), LEAST_SUBJECTS), len(order) - LEAST_SUBJECTS)
    return {TRAIN: order[test_count:], TEST: order[:test_count]}


def subjects_wanted(corpus: CorpusParams, split: str) -> int | None:
    """How many subjects of a split the parameters ask for; None: all."""
    return {TRAIN: corpus.train_subjects, TEST: corpus.test_subjects}[split]


def draw_files(files: dict[str, list[Path]], subjects: dict[str, list[str]], corpus: CorpusParams, seed: int) -> list[Clip]:
    """Of each split's `subjects`, and of the `files` of each, as many as the parameters ask for, drawn by seed, sorted.

    Each file counts as a recording of its own: `video` is the file's name without its ending and `clip` is "00001".
    """
    clips: list[Clip] = []
    for split, names in subjects.items():
        for subject in ranked(names, seed, "subjects", split)[: subjects_wanted(corpus, split)]:
            of_subject = [Clip(subject, path.stem, "00001", split, path) for path in files[subject]]
            clips += draw_clips(of_subject, corpus.clips_per_subject, seed)
    return sorted(clips)


def entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The folders and the files in `folder`, each sorted, symlinks followed, hidden ones left out.

    A link that leads nowhere, or to itself, counts as a file. ReenactError: the folder or a folder in it may not be looked into, or a name
    is not UTF-8.
    """
    folders: list[Path] = []
    files: list[Path] = []
    with reading(folder, REMEDY), os.scandir(folder) as found:
        for entry in found:
            if entry.name.startswith("."):
                continue
            require_utf8_name(folder / entry.name)
            (folders if _is_folder(entry) else files).append(folder / entry.name)
    return sorted(folders), sorted(files)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    path = Path(entry.path)
    try:
        return entry.is_dir()
    except OSError as error:
        # A clip's error becomes its problem when it is probed; anything else may be a person's folder.
        if error.errno == errno.ELOOP or path.suffix.lower() in VIDEO_ENDINGS:
            return False
        raise UnreadableFile(path, error, REMEDY) from error


def is_clip(path: Path, endings: Collection[str] = VIDEO_ENDINGS) -> bool:
    """Whether a path is a file with one of the endings. One that the system refuses counts too: the error becomes its problem."""
    if path.suffix.lower() not in endings:
        return False
    try:
        return path.is_file()
    except OSError:
        return True


def what_is_there(folder: Path, at_most: int = 5) -> str:
    """A few names in `folder`, for an error message."""
    with reading(folder, REMEDY):
        names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more if names else "nothing"
