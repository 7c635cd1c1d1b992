"""How fast the networks learn and generate on a device, for `benchmarks.gpu`. Each function runs in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.made_up import landmarks, make_shard, make_table
from benchmarks.plain_training import plain_layers
from benchmarks.speed import (
    alone,
    convolution_gflops,
    counted,
    fastest,
    generating,
    make_task,
    named,
    peak_memory_mb,
    product_gflops,
    seconds_of,
)
from reenact.config.schema import Params
from reenact.faces.crop_settings import CropSettings
from reenact.faces.normalise import normalise
from reenact.generators.registry import GENERATORS
from reenact.generators.trained import TrainedGenerator
from reenact.ldnet.model import LDNet
from reenact.ldnet.task import LDNetTask
from reenact.progress import progress
from reenact.training.device import pick_device, pick_precision
from reenact.training.turns import run_iteration

LDNET = "ldnet"
NETWORKS = (LDNET, *GENERATORS)
WARM_UP = 3  # iterations, in which networks are compiled and their graphs captured
ITERATIONS = 10  # timed at once: as in a training, the next begins to be given out while the device still works on the one before
PEOPLE, FRAMES = 1000, 20  # of LD-Net's table: as many people as the paper trains on
LDNET_BATCHES = (1, 100)  # frames at once
LONGEST_ERROR = 2000  # characters

Step = Callable[[], object]


def limits(params: Params, repeats: int, side: int = 8192, batch: int = 512) -> dict[str, float]:
    """10^9 operations a second, by precision: of a large matrix product or a large convolution, whichever is faster."""
    device, kinds = pick_device(params.device), (torch.float32, torch.bfloat16)
    return {
        named(each): max(product_gflops(each, side, repeats, device), convolution_gflops(each, repeats, device, batch)) for each in kinds
    }


def learning(network: str, params: Params, repeats: int, compiled: bool) -> dict[str, dict]:
    """How fast the network learns in each phase, with batches that are there already. Operations are counted where it is not compiled."""
    device, section = pick_device(params.device), getattr(params, network)
    unit = "samples" if network == LDNET else "images"
    found = {}
    for phase, step in _phases(network, params, device, compiled):
        batch = (getattr(section, phase) if network == LDNET else section.schedule).batch_size
        begun, seconds = _times(step, repeats, device)
        found[phase] = {f"{unit}_per_second": round(batch / seconds, 1), "seconds_to_begin": round(begun, 1)}
        if not compiled:
            found[phase] |= {"batch": batch, "precision": named(pick_precision(section.precision, device))}
            found[phase]["peak_memory_mb"] = peak_memory_mb(device)  # before the plain layers, which take more
            with plain_layers():
                found[phase]["gflops"] = counted(step) / seconds / 1e9
    return found


def _times(step: Step, repeats: int, device: torch.device) -> tuple[float, float]:
    """Seconds of the first `WARM_UP` iterations, and then of one."""

    def several() -> None:
        for _ in range(ITERATIONS):
            step()

    begun = seconds_of(lambda: [step() for _ in range(WARM_UP)], device)
    return begun, fastest(several, repeats, device) / ITERATIONS


def _phases(network: str, params: Params, device: torch.device, compiled: bool) -> Iterator[tuple[str, Step]]:
    """The phases of the network's training by name, and what runs an iteration of each."""
    if network == LDNET:
        section = params.ldnet.model_copy(update={"compile": compiled})
        for phase in LDNetTask(section, make_table(PEOPLE, FRAMES), params.training_seed, device).phases():
            yield phase.name, _step(phase, phase.batches(0))
        return
    with TemporaryDirectory() as folder:
        shard = Path(folder) / "shard.parquet"
        make_shard(shard)
        (phase,) = make_task(network, params, shard, device, compile=compiled).phases()
        batch = next(iter(phase.batches(0)))
    yield phase.name, _step(phase, repeat(batch))


def _step(phase: Any, batches: Iterator[Any]) -> Step:
    return lambda: run_iteration(phase, next(batches))


def using(network: str, params: Params, repeats: int) -> dict:
    """How fast the network generates, or LD-Net moves landmarks. Its weights are its first ones."""
    device = pick_device(params.device)
    if network == LDNET:
        return _moving(LDNet(params.ldnet).to(device).eval(), repeats, device)
    entry, section = GENERATORS[network], getattr(params, network)
    if not entry.is_trained:
        made, precision = entry.make(params, device), torch.float32
    else:
        precision = pick_precision(section.precision, device)
        built = entry.network_class()(section).to(device).eval()
        made = TrainedGenerator(built, section.image_size, CropSettings.of(params.shards), precision)
    figures = generating(made, repeats, device)
    return {"precision": named(precision), "gflops": figures.pop("generating_gflops"), **figures}


@torch.inference_mode()
def _moving(ldnet: LDNet, repeats: int, device: torch.device) -> dict:
    """A driver's poses with a target's identity."""
    few, many = LDNET_BATCHES
    points = torch.from_numpy(normalise(landmarks(1, many)[0])[0])
    identity = ldnet.encode_identity(points[:1].to(device))

    def moved(count: int) -> object:
        pose = ldnet.encode_pose(points[:count].to(device))
        return ldnet.generate(pose, identity.expand(count, -1)).cpu().numpy()

    single, together = (fastest(lambda: moved(few), repeats, device) / few, fastest(lambda: moved(many), repeats, device) / many)
    times = {f"ms_per_frame_batch{few}": round(1000 * single, 4), f"ms_per_frame_batch{many}": round(1000 * together, 4)}
    return {"precision": "float32", "gflops": counted(lambda: moved(many)) / many / together / 1e9, **times}


def measured(names: Sequence[str], params: Params, repeats: int) -> dict:
    """The limits of the device, and the figures of each network. What fails leaves its error, and the rest goes on."""
    found: dict[str, Any] = {"limits": _tried(limits, params, repeats), "networks": {}}
    for name in progress(names, what="networks", unit="networks"):
        figures = {"using": _tried(using, name, params, repeats)}
        if hasattr(getattr(params, name), "compile"):
            figures["learning"] = _tried(learning, name, params, repeats, False)
            figures["compiled"] = _tried(learning, name, params, repeats, True)
        found["networks"][name] = with_shares(figures, found["limits"])
    return {"limits_tflops": {key: _tflops(each) for key, each in found["limits"].items()}, "networks": found["networks"]}


def _tried(work: Callable, *arguments: object) -> dict:
    try:
        return alone(work, *arguments)
    except Exception as error:  # whatever it is: the other figures are wanted
        return {"error": f"{type(error).__name__}: {error}"[:LONGEST_ERROR]}


def _tflops(value: Any) -> Any:
    return value if isinstance(value, str) else round(value / 1000, 2)


def with_shares(figures: dict[str, dict], most: dict[str, float]) -> dict[str, dict]:
    """The figures of a network, operations a second as shares of the most that its precision allows."""
    learnt, compiled = figures.get("learning", {}), figures.get("compiled", {})
    for each in (figures["using"], *(phase for phase in learnt.values() if isinstance(phase, dict))):
        done = each.pop("gflops", None)
        if done is not None and each["precision"] in most:
            each["share_of_peak"] = round(done / most[each["precision"]], 4)
    for name, phase in compiled.items():  # they do the same, in another time
        if isinstance(phase, dict) and "share_of_peak" in learnt.get(name, ()):
            (rate,) = (key for key in phase if key.endswith("_per_second"))
            phase["share_of_peak"] = round(learnt[name]["share_of_peak"] * phase[rate] / learnt[name][rate], 4)
    return figures


def errors_in(figures: Any) -> list[str]:
    """All errors that `measured` left."""
    if not isinstance(figures, dict):
        return []
    return [text for key, value in figures.items() for text in ([value] if key == "error" else errors_in(value))]
