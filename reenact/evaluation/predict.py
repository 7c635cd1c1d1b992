"""Paints SelfTest and CrossTest with the trained networks and keeps the results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from reenact.evaluation.items import KINDS, TITLES, Item, read_items
from reenact.evaluation.predictions import DRIVER, LDNET, Painted, open_writer, rows
from reenact.faces.landmark_image import draw
from reenact.fdgan.model import FDGAN, load_fdgan
from reenact.fdgan.model import NETWORK as FDGAN_NETWORK
from reenact.files import atomic_path
from reenact.ldnet.model import NETWORK as LDNET_NETWORK
from reenact.ldnet.model import LDNet, load_ldnet
from reenact.ldnet.transfer import transfer
from reenact.params import FDGAN as FDGANParams
from reenact.params import Evaluate, Params
from reenact.progress import progress
from reenact.shards.frames import FrameStore
from reenact.training.device import channels_last
from reenact.training.export import read_description, read_section


def predict(
    params: Params, *, shards: Sequence[Path], testsets: Path, ldnet_dir: Path, fdgan_dir: Path, out_dir: Path, device: torch.device
) -> None:
    """Write `out_dir`/selftest.parquet and crosstest.parquet (`evaluation.predictions`).

    shards: the test shards. testsets: the folder of selftest.json and crosstest.json. Images have the side that the FD-GAN was trained
    at; arithmetic is float32 whatever `fdgan.precision` is. Raises ReenactError where a file is missing or does not fit the others.
    """
    size = read_section(fdgan_dir, FDGAN_NETWORK, FDGANParams).image_size
    painter = Painter(
        FrameStore(shards), load_ldnet(ldnet_dir, device), channels_last(load_fdgan(fdgan_dir, device)), size, params.evaluate, device
    )
    for kind in KINDS:
        items, sha256 = read_items(testsets / f"{kind}.json", kind)
        about = {
            "testset": {"kind": kind, "sha256": sha256},
            "ldnet": read_description(ldnet_dir, LDNET_NETWORK)["weights"]["sha256"],
            "fdgan": read_description(fdgan_dir, FDGAN_NETWORK)["weights"]["sha256"],
            "image_size": size,
            "placement": params.evaluate.placement,
        }
        with atomic_path(out_dir / f"{kind}.parquet") as part, open_writer(part, about) as writer:
            for item in progress(items, what=TITLES[kind], unit="clips"):
                writer.write_table(rows(item.number, item.target.subject, item.driver.subject, item.frames, painter.reenact(item)))


@dataclass(frozen=True)
class Painter:
    """The trained networks, and the frames that they are shown, `size` pixels a side."""

    store: FrameStore
    ldnet: LDNet
    fdgan: FDGAN
    size: int
    config: Evaluate
    device: torch.device

    @torch.inference_mode()
    def reenact(self, item: Item) -> dict[str, Painted]:
        """One item's results by landmark source: the driver's landmarks as they are, and LD-Net's with the target's identity.

        The identity code and the feature dictionary are computed once, the frames in batches of `evaluate.batch_size`.
        """
        target, target_landmarks = self.store.get(*item.target, [item.target_frame], self.size)
        _, driver_landmarks = self.store.get(*item.driver, [item.reference_frame, *item.frames], self.size)
        reference, wanted = driver_landmarks[0], driver_landmarks[1:]
        transferred = transfer(self.ldnet, target_landmarks[0], wanted, reference, self.config.placement)
        dictionary = self.fdgan.extract(to_tensor(target, self.device), draw(target_landmarks, self.size).to(self.device))
        return {
            DRIVER: Painted(self.paint(wanted, dictionary), wanted),
            LDNET: Painted(self.paint(transferred, dictionary), transferred),
        }

    def paint(self, landmarks: np.ndarray, dictionary: list[Tensor]) -> np.ndarray:
        """Images (F, S, S, 3) uint8 RGB of landmarks (F, 68, 2), pixels, with the dictionary's appearance."""
        step = self.config.batch_size
        batches = [draw(landmarks[start : start + step], self.size).to(self.device) for start in range(0, len(landmarks), step)]
        return np.concatenate([to_images(self.fdgan.translate(batch, dictionary)) for batch in batches])


def to_tensor(images: np.ndarray, device: torch.device) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float32 in [-1, 1]."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0)


def to_images(tensor: Tensor) -> np.ndarray:
    """(B, 3, H, W) in [-1, 1] -> (B, H, W, 3) uint8, rounded."""
    scaled = (tensor.float() + 1.0).mul(127.5).round().clamp(0, 255).to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy()
