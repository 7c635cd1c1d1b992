"""Which clips the rendered corpus has, and rendering those that are missing."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import cv2

from reenact.clips import Clip
from reenact.config.schema import Params
from reenact.corpus.base import Corpus
from reenact.errors import ReenactError
from reenact.files import sha256_json
from reenact.progress import progress
from reenact.rendered import RENDERER
from reenact.synthetic.clip import render_clips
from reenact.synthetic.truth import truth_path
from reenact.video.ffmpeg_build import FfmpegBuild, find_ffmpeg
from reenact.workspace import TEST, TRAIN

FOLDERS = {TRAIN: "dev", TEST: "test"}
# Numbers of the first subjects: far apart, so that more training subjects never take a test subject's name.
FIRST_SUBJECT = {TRAIN: 1, TEST: 50_001}
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}


def corpus_folder(params: Params, root: Path) -> Path:
    """data/corpus/synthetic-<key>: the key is a hash of all that decides the bytes of a clip, but not of how many clips there are.

    ReenactError: there is no ffmpeg that can encode them.
    """
    decided_by = {
        "seed": params.data_seed,
        "synthetic": params.corpus.synthetic.model_dump(mode="json", exclude={"ffmpeg"}),  # its build counts, not its place
        "renderer": RENDERER,
        "ffmpeg": corpus_encoder(params, root).build,
    }
    return root / "data" / "corpus" / f"synthetic-{sha256_json(decided_by)[:12]}"


def corpus_encoder(params: Params, root: Path) -> FfmpegBuild:
    """The ffmpeg that encodes what is rendered; ReenactError as `find_ffmpeg`."""
    return find_ffmpeg(params.corpus.synthetic.ffmpeg, root)


def planned_clips(params: Params, root: Path) -> list[Clip]:
    """Every clip that the parameters ask for, sorted, whether it is rendered or not."""
    train, test, per_subject = params.corpus.train_subjects, params.corpus.test_subjects, params.corpus.clips_per_subject
    if params.corpus.kind != "synthetic" or train is None or test is None or per_subject is None:
        raise ReenactError(f"corpus.kind is {params.corpus.kind}: there is nothing to render; set it to synthetic in params.yaml")
    folder = corpus_folder(params, root)
    clips = []
    for split, count in ((TRAIN, train), (TEST, test)):
        for number in range(count):
            subject = f"syn{FIRST_SUBJECT[split] + number:05d}"
            for take in range(1, per_subject + 1):
                video, clip = f"take{take:04d}", "00001"
                clips.append(Clip(subject, video, clip, split, folder / FOLDERS[split] / "mp4" / subject / video / f"{clip}.mp4"))
    return sorted(clips)


def is_rendered(clip: Clip) -> bool:
    """Whether the clip's video and its truth are there; both are written atomically, the truth first."""
    return clip.path.is_file() and truth_path(clip.path).is_file()


class SyntheticCorpus(Corpus):
    """The rendered clips that the parameters ask for; clips of earlier, larger counts are not listed."""

    def __init__(self, params: Params, root: Path) -> None:
        self._params, self._root = params, root

    def clips(self) -> list[Clip]:
        """Every clip, sorted. Raises ReenactError where one is not rendered yet."""
        clips = planned_clips(self._params, self._root)
        if missing := [clip for clip in clips if not is_rendered(clip)]:
            raise ReenactError(
                f"{corpus_folder(self._params, self._root)}: {len(missing)} of {len(clips)} clips are not rendered yet, "
                f"the first is {missing[0].subject}/{missing[0].video}; run `reenact corpus`"
            )
        return clips


def render_corpus(params: Params, root: Path, workers: int = 1) -> int:
    """Render the clips that are missing, each with its truth beside it, and return how many there were.

    workers: processes, each with one thread; the bytes do not depend on their number. Clips that exist are left alone, so that a second
    call goes on where an interrupted one ended. ReenactError: fewer than one worker.
    """
    if workers < 1:
        raise ReenactError(f"rendering needs at least one worker, not {workers}")
    missing = [clip for clip in planned_clips(params, root) if not is_rendered(clip)]
    subjects = [list(clips) for _, clips in groupby(missing, key=lambda clip: clip.subject)]
    if not subjects:
        return 0
    encoder = corpus_encoder(params, root)
    with _processes(min(workers, len(subjects))) as pool, progress(total=len(missing), what="render", unit="clip") as bar:
        jobs = {pool.submit(render_clips, params.data_seed, params.corpus.synthetic, encoder, clips): len(clips) for clips in subjects}
        for job in as_completed(jobs):
            job.result()
            bar.update(jobs[job])
    return len(missing)


@contextmanager
def _processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Spawned processes whose numerical libraries use one thread. The libraries read that from the environment when they are loaded."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
