from __future__ import annotations

from reenact.files import sha256_json, write_json
from reenact.testsets.items import read_items


def test_in_selftest_the_target_is_its_own_driver_and_reference(tmp_path):
    entry = {"subject": "a", "video": "v", "clip": "1", "target": 4, "frames": [5, 7]}
    write_json(tmp_path / "s.json", {"kind": "selftest", "sha256": sha256_json([entry]), "items": [entry]})
    (item,), digest = read_items(tmp_path / "s.json", "selftest")
    assert item.target == item.driver == ("a", "v", "1")
    assert (item.target_frame, item.reference_frame, item.frames) == (4, 4, (5, 7))
    assert digest == sha256_json([entry])


def test_in_crosstest_the_reference_is_the_drivers_own(tmp_path):
    entry = {
        "target": {"subject": "a", "video": "v", "clip": "1", "frame": 4},
        "driver": {"subject": "b", "video": "w", "clip": "2", "reference": 8, "frames": [8, 9]},
    }
    write_json(tmp_path / "c.json", {"kind": "crosstest", "sha256": sha256_json([entry]), "items": [entry]})
    (item,), _ = read_items(tmp_path / "c.json", "crosstest")
    assert (item.target, item.driver) == (("a", "v", "1"), ("b", "w", "2"))
    assert (item.target_frame, item.reference_frame, item.frames) == (4, 8, (8, 9))
