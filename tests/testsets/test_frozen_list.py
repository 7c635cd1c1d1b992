from __future__ import annotations

import pytest

from reenact.errors import ReenactError
from reenact.files import read_json, write_json
from reenact.testsets.frozen_list import read_frozen, shard_hashes
from reenact.testsets.selftest import build_selftest


def test_a_list_survives_its_file_and_a_changed_one_is_refused(store, with_testsets, tmp_path):
    frozen = build_selftest(with_testsets(), store, {})
    path = tmp_path / "selftest.json"
    write_json(path, frozen)
    assert read_frozen(path, "selftest") == frozen
    with pytest.raises(ReenactError, match="no crosstest list"):
        read_frozen(path, "crosstest")
    changed = read_json(path)
    changed["items"][0]["frames"].pop()
    write_json(path, changed)
    with pytest.raises(ReenactError, match="changed by hand"):
        read_frozen(path, "selftest")
    for damaged, says in (([], "no selftest list"), ({"kind": "selftest", "sha256": "ab"}, "selftest.json.*build it again")):
        write_json(path, damaged)
        with pytest.raises(ReenactError, match=says):
            read_frozen(path, "selftest")


def test_shard_hashes_come_from_the_ledgers_in_order_of_the_names(tmp_path):
    for name, digest in (("test-00001", "b" * 64), ("test-00000", "a" * 64)):
        write_json(tmp_path / f"{name}.ledger.json", {"shard": name, "sha256": digest})
    ledgers = [tmp_path / "test-00001.ledger.json", tmp_path / "test-00000.ledger.json"]
    assert list(shard_hashes(ledgers).items()) == [("test-00000", "a" * 64), ("test-00001", "b" * 64)]
