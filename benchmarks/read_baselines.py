"""The baselines of `benchmarks.read`: the frames of shards as loose files and as tar files, read as is usual in PyTorch.

All give batches as `PairStream` does: pictures of two different frames of one clip and the landmark images of both, each (B, 3, S, S)
float32 in [-1, 1], with landmarks drawn by the same function. Batches are made in the worker processes of a torch DataLoader.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import torch
import webdataset
from torch.utils.data import DataLoader, Dataset, RandomSampler

from reenact.faces.landmark_image import draw
from reenact.parquet import landmarks_of
from reenact.shards.images import REDUCED
from reenact.shards.reader import row_groups

Tensors = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]

GROUPS_PER_TAR = 4
SHUFFLED_PAIRS = 1000  # webdataset's default
ENDLESS = 1 << 40


def write_files(shards: list[Path], folder: Path) -> int:
    """Write the frames of shards below `folder`: jpeg/ (the same bytes), png/ (the same pixels), tar/; a row group is a clip.

    Returns the number of frames.
    """
    groups = row_groups(shards)
    (folder / "tar").mkdir(parents=True)
    for group in range(len(groups)):
        table, clip = groups.read(group, ["image", "landmarks"]), f"{group:05d}"
        jpegs, landmarks = table.column("image").to_pylist(), landmarks_of(table.column("landmarks"))
        for kind in ("jpeg", "png"):
            (folder / kind / clip).mkdir(parents=True)
            np.save(folder / kind / f"{clip}.npy", landmarks)
        for frame, jpeg in enumerate(jpegs):
            (folder / "jpeg" / clip / f"{frame:05d}.jpg").write_bytes(jpeg)
            cv2.imwrite(str(folder / "png" / clip / f"{frame:05d}.png"), cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
    for first in range(0, len(groups), GROUPS_PER_TAR):
        with webdataset.TarWriter(str(folder / "tar" / f"{first // GROUPS_PER_TAR:05d}.tar")) as tar:
            for clip in sorted((folder / "jpeg").glob("*.npy"))[first : first + GROUPS_PER_TAR]:
                for path, landmarks in zip(sorted(clip.with_suffix("").iterdir()), np.load(clip), strict=True):
                    tar.write({"__key__": f"{clip.stem}/{path.stem}", "jpg": path.read_bytes(), "npy": landmarks})
    return int(groups.rows.sum())


class LoosePairs(Dataset):
    """Each frame as the target, with a random other one of its clip as the driver. The landmarks are in memory, the pictures in files."""

    def __init__(self, folder: Path, size: int) -> None:
        self.size = size
        self.clips = [(sorted(path.with_suffix("").iterdir()), np.load(path)) for path in sorted(folder.glob("*.npy"))]
        self.frames = [(clip, frame) for clip, (paths, _) in enumerate(self.clips) for frame in range(len(paths)) if len(paths) > 1]

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> Tensors:
        clip, target = self.frames[index]
        paths, landmarks = self.clips[clip]
        driver = (target + random.randrange(1, len(paths))) % len(paths)
        return pair_tensors(self.read(paths[target]), landmarks[target], self.read(paths[driver]), landmarks[driver], self.size)

    def read(self, path: Path) -> np.ndarray:
        # As for shards, a JPEG is decoded at a half, a quarter or an eighth if that suffices.
        flags = REDUCED.get(256 // self.size, cv2.IMREAD_COLOR)
        return cv2.cvtColor(cv2.imread(str(path), flags), cv2.COLOR_BGR2RGB)


def file_batches(folder: Path, size: int, batch_size: int, workers: int) -> Iterator[Tensors]:
    """Endless batches from loose files, with OpenCV."""
    dataset = LoosePairs(folder, size)
    # Drawn with replacement, so that no time is lost between epochs.
    sampler = RandomSampler(dataset, replacement=True, num_samples=ENDLESS)
    yield from DataLoader(dataset, batch_size, sampler=sampler, num_workers=workers)


def tar_batches(folder: Path, size: int, batch_size: int, workers: int, decoder: object = "rgb8") -> Iterator[Tensors]:
    """Endless batches from tar files, with webdataset: each frame read is in one pair; pairs are shuffled before they are decoded.

    With fewer tar files than workers, some workers have nothing to do, as webdataset assigns whole files.
    """
    tars = sorted(map(str, folder.glob("*.tar")))
    dataset = (
        webdataset.WebDataset(tars, shardshuffle=len(tars), empty_check=False)
        .compose(clip_pairs)
        .shuffle(SHUFFLED_PAIRS, initial=SHUFFLED_PAIRS)
        .decode(decoder)
        .to_tuple("target.jpg", "target.npy", "driver.jpg", "driver.npy")
        .map(lambda pair: pair_tensors(*pair, size))
        .batched(batch_size)
        .repeat()  # WebDataset's own argument of that name does nothing
    )
    yield from webdataset.WebLoader(dataset, batch_size=None, num_workers=workers, worker_init_fn=quiet)


def clip_pairs(samples: Iterable[dict]) -> Iterator[dict]:
    """Random pairs of frames of one clip, still encoded; the frames of a clip follow each other in `samples`."""
    for clip, frames in groupby(samples, lambda sample: sample["__key__"].partition("/")[0]):
        mixed = list(frames)
        random.shuffle(mixed)
        for target, driver in zip(mixed[::2], mixed[1::2], strict=False):
            encoded = {f"{name}.{kind}": frame[kind] for name, frame in (("target", target), ("driver", driver)) for kind in ("jpg", "npy")}
            yield {"__key__": clip, **encoded}


def opencv_decoder(key: str, data: bytes) -> np.ndarray | None:
    """For webdataset: JPEG by OpenCV, in place of Pillow."""
    if not key.endswith(".jpg"):
        return None
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def pair_tensors(target: np.ndarray, target_landmarks: np.ndarray, driver: np.ndarray, driver_landmarks: np.ndarray, size: int) -> Tensors:
    """Target, landmark image, driver, landmark image, each (3, size, size), from pictures of any size and landmarks in 256 pixels."""
    scaled = (np.stack([target_landmarks, driver_landmarks]) + 0.5) * (size / 256) - 0.5
    drawn = draw(scaled, size)
    return signed(target, size), drawn[0], signed(driver, size), drawn[1]


def signed(image: np.ndarray, size: int) -> torch.Tensor:
    if len(image) != size:
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(image).permute(2, 0, 1).float().div_(127.5).sub_(1)


def quiet(worker: int) -> None:
    warnings.filterwarnings("ignore", "The given NumPy array is not writable")  # Pillow's array; nothing writes to it
