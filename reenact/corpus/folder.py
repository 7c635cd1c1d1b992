"""Anybody's own videos: PATH/<subject>/<clip>.mp4, or another video ending."""

from __future__ import annotations

from pathlib import Path

from reenact.corpus.base import TEST, TRAIN, Clip, Corpus, corpus_folder, draw_clips, entries, ranked, what_is_there
from reenact.errors import ReenactError
from reenact.params import Params

ENDINGS = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v")
# CrossTest pairs two test subjects, and the classifiers tell training subjects apart.
LEAST_SUBJECTS = 2
LAYOUT = f"<subject>/<clip> with one of the endings {' '.join(ENDINGS)}"


class FolderCorpus(Corpus):
    """The clips drawn from a folder with one folder a subject.

    Each file counts as a recording of its own: `video` is the file's name without its ending and `clip` is "00001".
    The subjects are split by `corpus.test_share`, rounded, with at least two subjects on each side; one more subject moves at
    most one other to the other side.
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
        for split, subjects in self._split(list(files)).items():
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
            clips = [path for path in files if path.suffix.lower() in ENDINGS and path.is_file()]
            self._ignored += {*folders, *files}.difference(clips)
            if clips:
                found[subject.name] = clips
        return found

    def _split(self, subjects: list[str]) -> dict[str, list[str]]:
        order = ranked(subjects, self._seed, "split")
        test_count = min(max(round(self._corpus.test_share * len(order)), LEAST_SUBJECTS), len(order) - LEAST_SUBJECTS)
        test, train = order[:test_count], order[test_count:]
        return {
            TRAIN: ranked(train, self._seed, "subjects", TRAIN)[: self._corpus.train_subjects],
            TEST: ranked(test, self._seed, "subjects", TEST)[: self._corpus.test_subjects],
        }
