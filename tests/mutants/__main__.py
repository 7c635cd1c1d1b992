"""Which small changes to the core modules the tests notice: `python -m tests.mutants --help`."""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from itertools import zip_longest
from pathlib import Path

from cosmic_ray.work_item import MutationSpec

from tests.mutants.changes import Identity, changes, equivalents, identify
from tests.mutants.run import SLOWER, Outcome, load_libraries, seconds_alone, try_all

ROOT = Path(__file__).parents[2]
PACKAGES = ("generators", "ldnet", "training", "shards", "faces", "face3d", "video", "metrics", "reenactment", "evaluation", "testsets")


def main() -> None:
    """Choose, try, report; exit status 1 where a change survived."""
    options = read_options()
    begun = time.monotonic()
    chosen = choose(ROOT, options.only, options.count, options.seed)
    known = equivalents()
    tried = [spec for spec in chosen if identify(ROOT, spec) not in known]
    print(f"{len(chosen)} changes, of them {len(chosen) - len(tried)} known as equivalent", flush=True)
    load_libraries()
    packages = sorted({Path(spec.module_path).parts[1] for spec in tried})
    limits = {package: 30 + SLOWER * seconds_alone(ROOT, package) for package in packages}
    outcomes = []
    for outcome in try_all(ROOT, tried, limits, options.processes, begun + 60 * options.minutes):
        outcomes.append(outcome)
        print(f"{len(outcomes)}/{len(tried)} {'caught  ' if outcome.caught else 'SURVIVED'} {line(outcome.identity)}", flush=True)
    report(outcomes, len(tried), [identify(ROOT, spec) for spec in chosen if spec not in tried], known)
    raise SystemExit(any(not outcome.caught for outcome in outcomes))


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "--only", default="", metavar="PATH", help="a package or module, such as reenact/generators/fdgan; all packages otherwise"
    )
    parser.add_argument("--count", type=int, default=240, help="so many changes, drawn at random, evenly from the packages; 0: all")
    parser.add_argument("--seed", type=int, default=0, help="of the draw; the same seed gives the same changes")
    parser.add_argument("--minutes", type=float, default=30, help="no change is begun after so many minutes")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def choose(root: Path, only: str, count: int, seed: int) -> list[MutationSpec]:
    """The changes to try: all, or a random sample, drawn from the packages in turn and in each from the kinds of change in turn."""
    draw = random.Random(seed)
    packages = []
    for package in PACKAGES:
        files = [str(path.relative_to(root)) for path in sorted((root / "reenact" / package).rglob("*.py"))]
        kinds = defaultdict(list)
        for spec in (spec for file in files if file.startswith(only.removeprefix("./")) for spec in changes(root, file)):
            kinds[spec.operator_name].append(spec)
        groups = [draw.sample(specs, len(specs)) for specs in kinds.values()]
        packages.append(in_turn(draw.sample(groups, len(groups))))
    chosen = in_turn(packages)
    if not chosen:
        raise SystemExit(
            f"Nothing to change in {only!r}: name a package or module of {', '.join(PACKAGES)}, such as reenact/generators/fdgan"
        )
    return chosen[: count or None]


def in_turn(groups: list[list[MutationSpec]]) -> list[MutationSpec]:
    """The first of each group, then the second of each, and so on."""
    return [spec for row in zip_longest(*groups) for spec in row if spec is not None]


def report(outcomes: list[Outcome], wanted: int, equivalent: list[Identity], reasons: dict[Identity, str]) -> None:
    """The survivors with their diffs, what is left out as equivalent, and the counts by package."""
    survivors = [outcome for outcome in outcomes if not outcome.caught]
    for outcome in sorted(survivors, key=lambda survivor: survivor.identity.file):
        print(f"\nSURVIVED {line(outcome.identity)}\n{outcome.diff}")
    for identity in equivalent:
        print(f"\nEQUIVALENT {line(identity)}\n  {reasons[identity]}")
    print(f"\n{'package':<12}{'tried':>8}{'caught':>8}{'survived':>10}{'equivalent':>12}{'caught, %':>11}")
    for package in (*PACKAGES, "all"):
        caught, missed = (sum(o.caught is noticed and package in ("all", name(o.identity)) for o in outcomes) for noticed in (True, False))
        left_out = sum(package in ("all", name(identity)) for identity in equivalent)
        if caught + missed:
            print(f"{package:<12}{caught + missed:>8}{caught:>8}{missed:>10}{left_out:>12}{100 * caught / (caught + missed):>11.1f}")
    if len(outcomes) < wanted:
        print(f"\nThe time was over: {wanted - len(outcomes)} changes were not tried.")


def name(identity: Identity) -> str:
    """The package."""
    return Path(identity.file).parts[1]


def line(identity: Identity) -> str:
    """The change in a line."""
    return f"{identity.file} {identity.function}: {identity.before} -> {identity.after or '(nothing)'}"


if __name__ == "__main__":
    main()
