"""Anybody's own videos: PATH/<subject>/<clip>.mp4, or another video ending."""

from __future__ import annotations

from pathlib import Path

from reenact.corpus.base import (
    LEAST_SUBJECTS,
    VIDEO_ENDINGS,
    Clip,
    Corpus,
    corpus_folder,
    draw_clips,
    draw_subjects,
    entries,
    split_by_share,
    what_is_there,
)
from reenact.errors import ReenactError
from reenact.params import Params

LAYOUT = f"<subject>/<clip> with one of the endings {' '.join(VIDEO_ENDINGS)}"


class FolderCorpus(Corpus):
    """The clips drawn from a folder with one folder a subject.

    Each file counts as a recording of its own: `video` is the file's name without its ending and `clip` is "00001".
    The subjects are split by `corpus.test_share`.
    """

    def __init__(self, params: Params, root: Path) -> None:
        self._folder = corpus_folder(params, root)
        self._seed = params.seed
        self._corpus = params.corpus
        self._ignored: list[Path] = []

    def clips(self) -> list[Clip]:
        """Every clip drawn, sorted. Raises ReenactError where there are fewer than four subjects."""
        files = self._files_by_subject()
        if len(files) < 2 * LEAST_SUBJECTS:
            found = f"clips of {', '.join(files)} only" if files else f"no clip; there is {what_is_there(self._folder)}"
            raise ReenactError(
                f"corpus.path: looked for {LAYOUT} below {self._folder} and found {found}. "
                "At least four subjects are needed, two to train on and two to test with; make a folder for each person"
            )
        clips: list[Clip] = []
        splits = split_by_share(files, self._corpus.test_share, self._seed)
        for split, subjects in draw_subjects(splits, self._corpus, self._seed).items():
            for subject in subjects:
                of_subject = [Clip(subject, path.stem, "00001", split, path) for path in files[subject]]
                clips += draw_clips(of_subject, self._corpus.clips_per_subject, self._seed)
        return sorted(clips)

    def ignored(self) -> list[Path]:
        """What the last call of `clips` passed over."""
        return sorted(self._ignored)

    def _files_by_subject(self) -> dict[str, list[Path]]:
        subjects, strays = entries(self._folder)
        self._ignored = list(strays)
        found = {}
        for subject in subjects:
            folders, files = entries(subject)
            clips = [path for path in files if path.suffix.lower() in VIDEO_ENDINGS and path.is_file()]
            self._ignored += {*folders, *files}.difference(clips)
            if clips:
                found[subject.name] = clips
        return found
