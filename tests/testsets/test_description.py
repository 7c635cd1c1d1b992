"""testset.json as people write it: whatever a key holds, the error names the file and the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reenact.errors import ReenactError
from reenact.testsets.description import Pair, read_description

PAIR = {"number": 3, "target_subject": "a", "driver_subject": "b", "frames": [0, 1, 4], "lead": 1}
ABOUT = {
    "format": "reenact-testset",
    "version": 1,
    "kind": "crosstest",
    "size": 16,
    "sha256": "0" * 64,
    "pairs": [PAIR],
    "files": {"targets/0003.png": "1" * 64},
}
HUGE = 10**30
# Values of every type; each key below names those that it may have.
ANY: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "one": 1,
    "negative": -1,
    "whole as float": 16.0,
    "fraction": 2.5,
    "nan": float("nan"),
    "huge": HUGE,
    "text": "a",
    "empty text": "",
    "number as text": "16",
    "list": ["a"],
    "empty list": [],
    "object": {"a": 1},
    "empty object": {},
    "list of lists": [[0]],
    "surrogate": "\ud800",
    "two lines": "a\nb",
    "nul": "a\0b",
}
TEXTS = {"text", "number as text"}
MAY_BE = {
    "format": set(),
    "version": {"one"},
    "kind": set(),
    "size": set(),
    "sha256": set(),
    "pairs": set(),
    "files": {"empty object"},
    "number": {"zero", "one"},
    "target_subject": TEXTS,
    "driver_subject": TEXTS,
    "frames": set(),
    "lead": {"zero", "one"},
}


def written(folder: Path, about: Any) -> Path:
    path = folder / "testset.json"
    path.write_text(json.dumps(about))
    return path


def changed(key: str, value: Any) -> dict[str, Any]:
    """The description with another value of a key, or of a key of its pair."""
    return ABOUT | ({key: value} if key in ABOUT else {"pairs": [PAIR | {key: value}]})


@pytest.mark.parametrize("name", ANY)
@pytest.mark.parametrize("key", MAY_BE)
def test_a_value_that_cannot_be_is_refused_by_file_and_key(tmp_path, key, name):
    path = written(tmp_path, changed(key, ANY[name]))
    if name in MAY_BE[key]:
        read_description(path)
        return
    with pytest.raises(ReenactError) as raised:
        read_description(path)
    said = str(raised.value)
    assert said.startswith(f"{path} ") and key in said and "\n" not in said and "export the test set again" in said
    said.encode()


@pytest.mark.parametrize("name", ANY)
def test_an_entry_that_cannot_be_is_refused(tmp_path, name):
    for about, named in (
        (ANY[name], "format"),
        (ABOUT | {"pairs": [PAIR, ANY[name]]}, "pair 1"),
        (ABOUT | {"pairs": [PAIR | {"frames": [7, ANY[name]]}]}, "frames"),
        (ABOUT | {"files": {"a.png": ANY[name]}}, "the hash of"),
    ):
        with pytest.raises(ReenactError, match=named):
            read_description(written(tmp_path, about))


@pytest.mark.parametrize("name", ["", " ", "a\0b", "a\nb", "\ud800"])
def test_names_that_no_file_has_are_refused(tmp_path, name):
    with pytest.raises(ReenactError, match='a name in "files" is'):
        read_description(written(tmp_path, ABOUT | {"files": {name: "1" * 64}}))


@pytest.mark.parametrize("key", ["version", "kind", "size", "pairs", "target_subject", "driver_subject", "frames"])
def test_a_key_that_is_missing_is_named(tmp_path, key):
    about = json.loads(json.dumps(ABOUT))
    (about if key in about else about["pairs"][0]).pop(key)
    with pytest.raises(ReenactError, match=key):
        read_description(written(tmp_path, about))


def test_the_other_keys_may_be_missing(tmp_path):
    least = {key: value for key, value in ABOUT.items() if key not in ("sha256", "files")}
    about = least | {"pairs": [{key: PAIR[key] for key in ("target_subject", "driver_subject", "frames")}], "mine": [None]}
    found = read_description(written(tmp_path, about))
    assert (found.kind, found.size, found.hashes) == ("crosstest", 16, {})
    assert found.pairs == [Pair(0, "a", "b", (0, 1, 4), 0)] and len(found.sha256) == 64


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"version": 2}, r"testset\.json is of version 2, and this program reads version 1; export the test set again"),
        ({"kind": "lmtest"}, '"kind" is "lmtest", not one of selftest, crosstest'),
        ({"size": 8}, '"size" is 8, not a whole number from 16 '),
        ({"kind": "selftest"}, 'pair 3 is of two people, "a" and "b"; in SelfTest they are one'),
        ({"pairs": [PAIR, PAIR]}, 'two pairs have the "number" 3'),
        ({"pairs": [PAIR | {"frames": [0, 2, 2]}]}, 'in the "frames" of pair 3, 2 follows 2; they ascend, each once'),
        ({"pairs": [PAIR, PAIR | {"number": 5, "frames": [4, 1]}]}, 'in the "frames" of pair 5, 1 follows 4'),
        ({"pairs": [PAIR | {"lead": 2}]}, '"lead" of pair 3 is 2, not a whole number from 0 to 1'),
        ({"pairs": [PAIR | {"target_subject": "x" * 10_000}] * 2}, "two pairs"),
        ({"pairs": "x" * 10_000}, '"pairs" is "x{59}[.]{3}, not'),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, about, said):
    with pytest.raises(ReenactError, match=said):
        read_description(written(tmp_path, ABOUT | about))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"format": "reenact-testset", "version": 1' + "1" * 5000 + "}", "\ufeff{}"])
def test_what_is_no_json_is_refused(tmp_path, text):
    path = tmp_path / "testset.json"
    path.write_text(text)
    with pytest.raises(ReenactError, match=r"testset\.json is damaged"):
        read_description(path)
