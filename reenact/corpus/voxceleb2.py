"""VoxCeleb2 as it is distributed: PATH/<dev|test>/mp4/<subject>/<video>/<clip>.mp4."""

from __future__ import annotations

from pathlib import Path

from reenact.clips import Clip
from reenact.corpus.base import CorpusFolder, draw_clips, entries, is_clip, ranked, subjects_wanted, what_is_there
from reenact.errors import ReenactError
from reenact.workspace import TEST, TRAIN

LAYOUT = "<dev|test>/mp4/<subject>/<video>/<clip>.mp4"
FOLDERS = {TRAIN: "dev", TEST: "test"}


class VoxCeleb2Corpus(CorpusFolder):
    """The clips drawn from a VoxCeleb2 folder; its dev set is the train split.

    Only the folders of the subjects that are drawn are searched, so a thousand of 5,994 subjects cost a sixth of the time.
    """

    def clips(self) -> list[Clip]:
        """Every clip drawn, sorted. Raises ReenactError where a split has none or a subject is in both splits."""
        self._ignored.clear()
        subjects = {split: self._subject_folders(split) for split in FOLDERS}
        self._refuse_shared_subjects(subjects)
        return sorted(clip for split in FOLDERS for clip in self._draw(split, subjects[split]))

    def _subject_folders(self, split: str) -> dict[str, Path]:
        folder = self._folder / FOLDERS[split] / "mp4"
        if not folder.is_dir():
            raise ReenactError(
                f"corpus.path: looked for {LAYOUT} below {self._folder}, but there is no {FOLDERS[split]}/mp4; "
                f"there is {what_is_there(self._folder)}"
            )
        folders, files = entries(folder)
        self._ignored.update(files)
        return {path.name: path for path in folders}

    def _draw(self, split: str, subjects: dict[str, Path]) -> list[Clip]:
        wanted = subjects_wanted(self._corpus, split)
        drawn: list[list[Clip]] = []
        for subject in ranked(subjects, self._seed, "subjects", split):
            if wanted is not None and len(drawn) == wanted:
                break
            # A folder without a clip must not take the place of a subject.
            if found := self._clips_of(split, subjects[subject]):
                drawn.append(draw_clips(found, self._corpus.clips_per_subject, self._seed))
        if not drawn:
            folder = self._folder / FOLDERS[split] / "mp4"
            raise ReenactError(
                f"corpus.path: no clip found in {folder}; looked for <subject>/<video>/<clip>.mp4, there is {what_is_there(folder)}"
            )
        return [clip for clips in drawn for clip in clips]

    def _clips_of(self, split: str, subject: Path) -> list[Clip]:
        videos, strays = entries(subject)
        self._ignored.update(strays)
        found = []
        for video in videos:
            folders, files = entries(video)
            clips = [path for path in files if is_clip(path, (".mp4",))]
            self._ignored.update({*folders, *files}.difference(clips))
            found += [Clip(subject.name, video.name, path.stem, split, path) for path in clips]
        return found

    def _refuse_shared_subjects(self, subjects: dict[str, dict[str, Path]]) -> None:
        names = sorted(subjects[TRAIN].keys() & subjects[TEST].keys())
        shared = [name for name in names if all(self._clips_of(split, subjects[split][name]) for split in FOLDERS)]
        if shared:
            more = f" and {len(shared) - 5} more" if len(shared) > 5 else ""
            raise ReenactError(
                f"corpus.path: {self._folder} has subjects in both dev and test: {', '.join(shared[:5])}{more}; "
                "nobody may be in both, or the test would be on people seen in training: remove one of the two folders of each"
            )
