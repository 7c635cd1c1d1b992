"""FaceForensics++ as its download script lays it out: PATH/original_sequences/<youtube|actors>/<compression>/videos/<name>.mp4."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from reenact.clips import Clip
from reenact.corpus.base import LEAST_SUBJECTS, CorpusFolder, draw_files, entries, is_clip, refuse_twins, split_by_share, what_is_there
from reenact.errors import ReenactError
from reenact.files import read_json, reading
from reenact.workspace import TEST, TRAIN

ORIGINALS = "original_sequences"
COMPRESSIONS = ("raw", "c0", "c23", "c40")  # best first; the early releases call raw c0
LAYOUT = f"{ORIGINALS}/<youtube|actors>/<{'|'.join(COMPRESSIONS)}>/videos/<name>.mp4"
# Names of each group's videos, the subject first: 000 to 999, and actors' scenes such as 01__hugging_happy.
GROUPS = {"youtube": re.compile("([0-9]{3})"), "actors": re.compile("([0-9]{2})__.+")}
SPLIT = Path("splits", "test.json")


class FaceForensicsCorpus(CorpusFolder):
    """The original videos of a FaceForensics++ folder, each from the best of the compressions that lie there.

    The manipulated ones show what other methods made and are passed over. Where PATH/splits/test.json lies, as published, its subjects are
    for testing and all others for training; else the subjects are split by `corpus.test_share`.
    """

    def clips(self) -> list[Clip]:
        """Every clip drawn, sorted. Raises ReenactError where there are fewer than two subjects for a split."""
        self._ignored.clear()
        files = self._files_by_subject()
        return draw_files(files, self._split(files), self._corpus, self._seed)

    def _files_by_subject(self) -> dict[str, list[Path]]:
        originals = self._only(self._folder, (ORIGINALS, SPLIT.parent.name)).get(ORIGINALS)
        if originals is None:
            raise ReenactError(
                f"corpus.path: looked for {LAYOUT} below {self._folder}, but there is no {ORIGINALS}; "
                f"there is {what_is_there(self._folder)}"
            )
        found: dict[str, list[Path]] = defaultdict(list)
        for group, folder in self._only(originals, tuple(GROUPS)).items():
            best: dict[str, Path] = {}
            for compression in self._only(folder, COMPRESSIONS).values():
                for videos in self._only(compression, ("videos",)).values():
                    best = {path.stem: path for path in self._videos(videos, GROUPS[group])} | best
            for path in best.values():
                name = GROUPS[group].fullmatch(path.stem)
                assert name is not None  # `_videos` passes others over
                found[name[1]].append(path)
        return found

    def _only(self, folder: Path, names: Collection[str]) -> dict[str, Path]:
        """The folders in `folder` that have one of the names, in the order of these; all else is ignored."""
        folders, files = entries(folder)
        there = {path.name: path for path in folders}
        self._ignored.update(files, (path for path in folders if path.name not in names))
        return {name: there[name] for name in names if name in there}

    def _videos(self, folder: Path, pattern: re.Pattern[str]) -> list[Path]:
        folders, files = entries(folder)
        videos = [path for path in files if pattern.fullmatch(path.stem) and is_clip(path, (".mp4",))]
        self._ignored.update({*folders, *files}.difference(videos))
        refuse_twins((path.stem, path) for path in videos)
        return videos

    def _split(self, subjects: Collection[str]) -> dict[str, list[str]]:
        path = self._folder / SPLIT
        if path.is_file():
            for_test = _published_test_subjects(path)
            split = {
                TRAIN: [subject for subject in subjects if subject not in for_test],
                TEST: [subject for subject in subjects if subject in for_test],
            }
            if min(map(len, split.values())) >= LEAST_SUBJECTS:
                return split
            found = f"by {path} {len(split[TRAIN])} for training and {len(split[TEST])} for testing"
        else:
            if len(subjects) >= 2 * LEAST_SUBJECTS:
                return split_by_share(subjects, self._corpus.test_share, self._seed)
            found = "and there is no splits/test.json"
        raise ReenactError(
            f"corpus.path: looked for {LAYOUT} below {self._folder} and found {len(subjects)} subjects, {found}; "
            "at least four are needed, two to train on and two to test with"
        )


def _published_test_subjects(path: Path) -> set[str]:
    """The subjects of a list of pairs such as [["953", "974"], ...]."""
    remedy = "put the published list of pairs of subjects in its place, or remove it"
    with reading(path, remedy, TypeError):
        names = [name for pair in read_json(path, remedy) for name in pair]
    if odd := [name for name in names if not (isinstance(name, str) and GROUPS["youtube"].fullmatch(name))]:
        raise ReenactError(f"{path} holds {odd[0]!r}, which names no subject; {remedy}")
    return set(names)
