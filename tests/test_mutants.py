"""That the tool behind `make mutants` makes the changes that it names, and tells the caught from the unnoticed."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from cosmic_ray.mutating import mutate_code

from tests.mutants.__main__ import choose, report
from tests.mutants.changes import changes, equivalents, identify, squeezed
from tests.mutants.operators import OWN
from tests.mutants.run import seconds_alone, try_all

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("operator", OWN.values(), ids=OWN)
def test_each_kind_of_change_makes_what_its_examples_say(operator):
    for example in operator.examples():
        assert mutate_code(example.pre_mutation_code, operator(), example.occurrence) == example.post_mutation_code


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def test_changes_leave_out_what_decides_nothing(tmp_path):
    code = '''
def f(x: int | None, *, y: int = 3) -> int | None:
    """1 + 1."""
    if x is None:
        raise ValueError(f"{x + 1} of {2}")
    return sum(a * b for a, b in zip(x, y, strict=True))
'''
    write(tmp_path, "m.py", code)
    found = {(each.before, each.after) for each in (identify(tmp_path, spec) for spec in changes(tmp_path, "m.py"))}
    assert found == {("deff(x:int|None,*,y:int=3)->int|None:", f"deff(x:int|None,*,y:int={number})->int|None:") for number in (4, 2)} | {
        ("ifxisNone:", "ifxisnotNone:"),
        ("ifxisNone:", "ifnotxisNone:"),
    } | {
        ("returnsum(a*bfora,binzip(x,y,strict=True))", f"return{changed}")
        for changed in (
            "sum(a/bfora,binzip(x,y,strict=True))",
            "mean(a*bfora,binzip(x,y,strict=True))",
            "sum(a*bfora,binzip(y,x,strict=True))",
        )
    }


def test_what_is_judged_equivalent_is_a_change_that_can_be_made():
    for file in {identity.file for identity in equivalents()}:
        judged = {identity for identity in equivalents() if identity.file == file}
        lines = [squeezed(line) for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
        near = [spec for spec in changes(ROOT, file) if any(lines[spec.start_pos[0] - 1] in each.before for each in judged)]
        assert judged <= {identify(ROOT, spec) for spec in near}
    assert all(reason.endswith(".") for reason in equivalents().values())


def test_the_report_tells_caught_from_unnoticed_and_known(tmp_path, capsys):
    """A project of one module, in which one bound is tested and the other is not."""
    write(tmp_path, "reenact/metrics/bound.py", "def inside(x):\n    return 3 <= x and x < 9\n")
    test = "from reenact.metrics.bound import inside\n\n\ndef test_it():\n    assert inside(3) and not inside(2)\n"
    write(tmp_path, "tests/metrics/test_bound.py", test)
    write(tmp_path, "pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = "--import-mode=importlib"\n')
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    specs = choose(tmp_path, "reenact/metrics", count=0, seed=0)
    assert seconds_alone(tmp_path, "metrics") > 0
    outcomes = list(try_all(tmp_path, specs, {"metrics": 60.0}, processes=1, deadline=time.monotonic() + 600))
    assert len(outcomes) == len(specs) == 9
    survived = {outcome.identity.after for outcome in outcomes if not outcome.caught}
    assert survived == {f"return3<=xandx{end}" for end in ("<=9", "<10", "<8")}
    report(outcomes, len(outcomes) + 2, [], {})
    shown = capsys.readouterr().out
    assert "-    return 3 <= x and x < 9\n+    return 3 <= x and x <= 9" in shown
    assert ["all", "9", "6", "3", "0", "66.7"] in [line.split() for line in shown.splitlines()]
    assert "2 changes were not tried" in shown
    assert (tmp_path / "reenact/metrics/bound.py").read_text().endswith("x < 9\n"), "the tree itself is left alone"


def test_a_sample_is_the_seeds_and_from_every_kind_of_change():
    first, again, other = ([identify(ROOT, spec) for spec in choose(ROOT, "reenact/metrics", 12, seed)] for seed in (1, 1, 2))
    assert first == again != other
    specs = choose(ROOT, "reenact", 22, 1)
    assert len({Path(spec.module_path).parts[1] for spec in specs}) == 11, "the packages in turn"
    assert len({spec.operator_name for spec in choose(ROOT, "reenact/metrics", 12, 1)}) == 12
    with pytest.raises(SystemExit, match="Nothing to change in 'reenact/nowhere'"):
        choose(ROOT, "reenact/nowhere", 5, 0)
