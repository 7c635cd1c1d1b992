"""Anybody's own videos: PATH/<subject>/<clip>.mp4, or another video ending."""

from __future__ import annotations

from pathlib import Path

from reenact.clips import Clip
from reenact.corpus.base import LEAST_SUBJECTS, VIDEO_ENDINGS, CorpusFolder, draw_files, entries, is_clip, split_by_share, what_is_there
from reenact.errors import ReenactError

LAYOUT = f"<subject>/<clip> with one of the endings {' '.join(VIDEO_ENDINGS)}"


class FolderCorpus(CorpusFolder):
    """The clips drawn from a folder with one folder a subject; the subjects are split by `corpus.test_share`."""

    def clips(self) -> list[Clip]:
        """Every clip drawn, sorted. Raises ReenactError where there are fewer than four subjects."""
        files = self._files_by_subject()
        if len(files) < 2 * LEAST_SUBJECTS:
            found = f"clips of {', '.join(files)} only" if files else f"no clip; there is {what_is_there(self._folder)}"
            raise ReenactError(
                f"corpus.path: looked for {LAYOUT} below {self._folder} and found {found}. "
                "At least four subjects are needed, two to train on and two to test with; make a folder for each person"
            )
        return draw_files(files, split_by_share(files, self._corpus.test_share, self._seed), self._corpus, self._seed)

    def _files_by_subject(self) -> dict[str, list[Path]]:
        subjects, strays = entries(self._folder)
        self._ignored = set(strays)
        found = {}
        for subject in subjects:
            folders, files = entries(subject)
            clips = [path for path in files if is_clip(path)]
            self._ignored.update({*folders, *files}.difference(clips))
            if clips:
                found[subject.name] = clips
        return found
