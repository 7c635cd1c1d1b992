"""VoxCeleb1's track files beside full-frame videos: PATH/txt/<subject>/<video>/<clip>.txt and PATH/videos/<video>.mp4."""

from __future__ import annotations

import csv
from pathlib import Path

from reenact.clips import Clip
from reenact.config.schema import Params
from reenact.corpus.base import (
    VIDEO_ENDINGS,
    CorpusFolder,
    draw_clips,
    entries,
    is_clip,
    ranked,
    refuse_twins,
    subjects_wanted,
    what_is_there,
)
from reenact.errors import ReenactError
from reenact.files import reading
from reenact.workspace import TEST, TRAIN

TRACKS, VIDEOS, TABLE = "txt", "videos", "vox1_meta.csv"
LAYOUT = f"{TRACKS}/<subject>/<video>/<clip>.txt and {VIDEOS}/<video> with one of the endings {' '.join(VIDEO_ENDINGS)}"
SETS = {"dev": TRAIN, "test": TEST}
VIDEO_MISSING = "video missing"
# The published test set: the forty speakers whose names begin with E, which are the folders' names in the first release.
TEST_SPEAKERS = frozenset(f"id{number}" for number in range(10270, 10310))


class VoxCeleb1Corpus(CorpusFolder):
    """The clips drawn from VoxCeleb1: each is a track, a stretch of a full-frame video in which the speaker's face is given.

    A video may also lie in PATH/videos/<subject>/, which is looked into first. The split is that of PATH/vox1_meta.csv, or the published
    one where there is no such table. The draw is made as if all videos were there: a drawn clip whose video is missing is listed with that
    problem, and the next one takes its place, as the next subject does where one has no video at all.
    """

    def __init__(self, params: Params, root: Path) -> None:
        super().__init__(params, root)
        self._shared_videos: dict[str, Path] = {}

    def clips(self) -> list[Clip]:
        """Every clip drawn, sorted. Raises ReenactError where a split has no clip whose video is there."""
        self._ignored.clear()
        for name in (TRACKS, VIDEOS):
            if not (self._folder / name).is_dir():
                raise ReenactError(
                    f"corpus.path: looked for {LAYOUT} below {self._folder}, but there is no folder {name}; "
                    f"there is {what_is_there(self._folder)}"
                )
        self._shared_videos = self._videos_in(self._folder / VIDEOS)
        subjects = self._subject_folders()
        return sorted(clip for split in SETS.values() for clip in self._draw(split, subjects[split]))

    def _subject_folders(self) -> dict[str, dict[str, Path]]:
        folders, files = entries(self._folder / TRACKS)
        names = {path.name for path in folders}
        self._ignored.update(files, (path for path in entries(self._folder / VIDEOS)[0] if path.name not in names))
        split_of = _split_of(folders, self._folder / TABLE)
        return {split: {path.name: path for path in folders if split_of[path.name] == split} for split in SETS.values()}

    def _draw(self, split: str, subjects: dict[str, Path]) -> list[Clip]:
        wanted = subjects_wanted(self._corpus, split)
        drawn: list[Clip] = []
        asked = complete = 0
        for subject in ranked(subjects, self._seed, "subjects", split):
            if wanted is not None and complete == wanted:
                break
            clips = self._clips_of(split, subjects[subject])
            if not clips:
                continue  # a folder without a track must not take the place of a subject
            asked += 1
            if wanted is None or asked <= wanted:
                ideal = draw_clips(clips, self._corpus.clips_per_subject, self._seed)
                drawn += [clip for clip in ideal if clip.problem is not None]
            there = draw_clips([clip for clip in clips if clip.problem is None], self._corpus.clips_per_subject, self._seed)
            drawn += there
            complete += bool(there)
        if complete == 0:
            raise ReenactError(
                f"corpus.path: no clip to {'train on' if split == TRAIN else 'test with'}: {self._folder / TRACKS} has tracks of {asked} "
                f"such subjects and {self._folder / VIDEOS} none of their videos; looked for {LAYOUT}, "
                f"there is {what_is_there(self._folder / VIDEOS)} in {VIDEOS}"
            )
        return drawn

    def _clips_of(self, split: str, subject: Path) -> list[Clip]:
        recordings, strays = entries(subject)
        self._ignored.update(strays)
        own = self._folder / VIDEOS / subject.name
        own_videos = self._videos_in(own) if own.is_dir() else {}
        found = []
        for recording in recordings:
            folders, files = entries(recording)
            tracks = [path for path in files if is_clip(path, (".txt",))]
            self._ignored.update({*folders, *files}.difference(tracks))
            video = own_videos.get(recording.name) or self._shared_videos.get(recording.name)
            problem = None if video else VIDEO_MISSING
            path = video or self._folder / VIDEOS / f"{recording.name}{VIDEO_ENDINGS[0]}"
            found += [Clip(subject.name, recording.name, track.stem, split, path, problem, track) for track in tracks]
        return found

    def _videos_in(self, folder: Path) -> dict[str, Path]:
        _, files = entries(folder)
        videos = [path for path in files if is_clip(path)]
        self._ignored.update(set(files).difference(videos))
        refuse_twins((path.stem, path) for path in videos)
        return {path.stem: path for path in videos}


def _split_of(subjects: list[Path], table: Path) -> dict[str, str]:
    """The split of each subject's folder, by the table where it is there."""
    if not table.is_file():
        return {path.name: TEST if path.name in TEST_SPEAKERS or path.name.startswith("E") else TRAIN for path in subjects}
    remedy = "put the published table in its place, or remove it"
    with reading(table, remedy, csv.Error), table.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    # The first release names the folders by the second column.
    sets = {str(row.get(column)).strip(): str(row.get("Set")).strip() for row in rows for column in ("VoxCeleb1 ID", "VGGFace1 ID")}
    for path in subjects:
        if sets.get(path.name) not in SETS:
            raise ReenactError(
                f"{table} does not say whether {path.name} is in the dev or the test set; put the published table in its place (columns "
                f"VoxCeleb1 ID and Set, separated by tabs), or move {path} out of the corpus"
            )
    return {path.name: SETS[sets[path.name]] for path in subjects}
