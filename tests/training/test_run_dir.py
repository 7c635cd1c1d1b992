from __future__ import annotations

from reenact.training.run_dir import run_dir, warn_of_others

SECTION = {"hidden_units": 32, "checkpoint_every": 5}


def hold_a_checkpoint(folder) -> None:
    (folder / "phase1").mkdir(parents=True)
    (folder / "phase1" / "iteration-000000005.pt").write_bytes(b"")


def test_what_decides_the_result_decides_the_folder(tmp_path):
    folder = run_dir(tmp_path, SECTION, 1, {"shards": "abc"})
    assert folder.parent == tmp_path
    assert run_dir(tmp_path, SECTION | {"checkpoint_every": 9}, 1, {"shards": "abc"}) == folder
    others = [
        run_dir(tmp_path, SECTION | {"hidden_units": 33}, 1, {"shards": "abc"}),
        run_dir(tmp_path, SECTION, 2, {"shards": "abc"}),
        run_dir(tmp_path, SECTION, 1, {"shards": "abd"}),
    ]
    assert len({folder, *others}) == 4


def test_a_warning_names_the_checkpoints_of_other_trainings_only(tmp_path, caplog):
    other = run_dir(tmp_path, SECTION, 1, {})
    warn_of_others(tmp_path, other)
    assert not caplog.records  # nothing there
    hold_a_checkpoint(other)
    warn_of_others(tmp_path, other)
    assert not caplog.records  # its own
    own = run_dir(tmp_path, SECTION, 2, {})
    warn_of_others(tmp_path, own)
    (record,) = caplog.records
    assert record.levelname == "WARNING" and str(other) in record.getMessage() and "starting afresh" in record.getMessage()
    hold_a_checkpoint(own)
    warn_of_others(tmp_path, own)
    assert len(caplog.records) == 1  # its own, beside another's
