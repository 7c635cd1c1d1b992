from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from reenact.errors import ReenactError
from reenact.files import write_json
from reenact.shards.ledger import ClipAccount, check_left_out, ledger, merge, share_left_out, share_of_bad_files


def accounts() -> list[ClipAccount]:
    good = ClipAccount("a", "v", "1", left_out=Counter({"no face": 20}))
    good.keep("1", 30, Counter({"upscaled": 50}))
    good.keep("1-2", 50, Counter())
    strided = ClipAccount("a", "v", "2", left_out=Counter({"stride": 90, "no face": 2}))
    strided.keep("2", 10, Counter({"upscaled": 5}))
    short = ClipAccount("b", "v", "1", left_out=Counter({"no face": 16, "too few frames": 4}))
    short.leave_out_whole("too few frames")
    broken = ClipAccount("c", "v", "1")
    broken.leave_out_whole("not a video")
    return [good, strided, short, broken]


def test_what_went_in_was_kept_or_left_out() -> None:
    account = ledger("train-00000", "f" * 64, accounts())
    assert account["clips"] == {"in": 4, "kept": 2, "left_out": {"not a video": 1, "too few frames": 1}}
    assert account["frames"] == {"in": 222, "kept": 90, "left_out": {"no face": 38, "stride": 90, "too few frames": 4}}
    assert account["notes"] == {"upscaled": 55}  # of kept frames only
    assert account["by_clip"][2] == {
        "subject": "b",
        "video": "v",
        "clip": "1",
        "frames_in": 20,
        "frames_kept": 0,
        "parts": {},
        "left_out": {"no face": 16, "too few frames": 4},
        "problem": "too few frames",
    }
    assert account["by_clip"][0]["parts"] == {"1": 30, "1-2": 50}
    assert [clip["problem"] for clip in account["by_clip"]] == [None, None, "too few frames", "not a video"]


def test_frames_left_out_as_asked_for_do_not_count_as_a_loss() -> None:
    assert share_left_out(ledger("s", None, accounts())) == pytest.approx(42 / 132)
    assert share_left_out(ledger("s", None, [])) == 0.0


def test_merging_sums(tmp_path: Path) -> None:
    paths = [tmp_path / f"{k}.json" for k in range(3)]
    write_json(paths[0], ledger("train-00001", "b" * 64, accounts()[:2]))
    write_json(paths[1], ledger("train-00000", "a" * 64, accounts()[2:]))
    write_json(paths[2], ledger("train-00002", "c" * 64, []))
    whole = ledger("", None, accounts())
    assert merge(paths) == {
        "shards": {"train-00000": "a" * 64, "train-00001": "b" * 64, "train-00002": "c" * 64},
        "clips": whole["clips"],
        "frames": whole["frames"],
        "notes": whole["notes"],
    }
    assert merge([])["frames"] == {"in": 0, "kept": 0, "left_out": {}}


def test_a_ledger_that_does_not_add_up_or_is_missing_is_named(tmp_path: Path) -> None:
    wrong = ledger("s", None, accounts())
    wrong["frames"]["kept"] += 1
    write_json(tmp_path / "wrong.json", wrong)
    with pytest.raises(ReenactError, match=r"wrong\.json does not add up in its frames"):
        merge([tmp_path / "wrong.json"])
    with pytest.raises(ReenactError, match=r"gone\.json is missing"):
        merge([tmp_path / "gone.json"])


def test_too_much_left_out_is_an_error_that_gives_the_reasons() -> None:
    sums = ledger("train-00000", "f" * 64, accounts())
    check_left_out(sums, "train", 0.5)
    with pytest.raises(
        ReenactError, match=r"train.*32%.*not a video 1.*no face 38.*max_left_out allows 30%.*or raise shards\.max_left_out"
    ):
        check_left_out(sums, "train", 0.3)


def test_a_split_of_which_nothing_is_kept_is_an_error() -> None:
    broken = ClipAccount("c", "v", "1")
    broken.leave_out_whole("empty file")
    with pytest.raises(ReenactError, match=r"test.*0 were kept.*empty file 1.*some must be kept") as error:
        check_left_out(ledger("test-00000", "f" * 64, [broken]), "test", 1.0)
    assert "raise shards.max_left_out" not in str(error.value)


def test_unreadable_files_count_although_they_have_no_frames() -> None:
    good = ClipAccount("a", "v", "1", parts={"1": 80})
    faceless = ClipAccount("b", "v", "1", left_out=Counter({"no face": 5}), problem="no face")
    broken = [ClipAccount("c", "v", str(k), problem="not a video") for k in range(8)]
    sums = ledger("train-00000", "f" * 64, [good, faceless, *broken])
    assert share_left_out(sums) == pytest.approx(5 / 85)
    assert share_of_bad_files(sums) == 0.8
    check_left_out(sums, "train", 0.8)
    with pytest.raises(ReenactError, match=r"80% of the clips have faulty files .*not a video 8"):
        check_left_out(sums, "train", 0.79)


def test_the_main_loss_is_the_commonest_that_was_not_asked_for() -> None:
    left_out = Counter({"stride": 90, "frame limit": 50, "no face": 3, "another face": 7})
    assert ClipAccount("a", "v", "1", left_out=left_out).main_loss() == "another face"


def test_exactly_as_much_as_allowed_may_be_left_out() -> None:
    half = ClipAccount("a", "v", "1", parts={"1": 10}, left_out=Counter({"no face": 10}))
    check_left_out(ledger("s", "f", [half]), "train", 0.5)
    with pytest.raises(ReenactError, match="50%"):
        check_left_out(ledger("s", "f", [half]), "train", 0.49)


def test_nothing_to_leave_out_is_counted_as_nothing() -> None:
    account = ClipAccount("a", "v", "1")
    account.leave_out("no face", 0)
    account.leave_out("no face", -3)
    assert account.left_out == Counter() and account.as_json()["left_out"] == {}
    account.leave_out("no face", 1)
    account.leave_out("no face", 2)
    assert account.left_out == Counter({"no face": 3})


def test_of_equal_losses_the_first_by_name_is_the_main_one_in_whatever_order_they_came() -> None:
    for order in (["no face", "another face"], ["another face", "no face"]):
        assert ClipAccount("a", "v", "1", left_out=Counter(dict.fromkeys(order, 4))).main_loss() == "another face"


@pytest.mark.parametrize("unit", ["clips", "frames"])
@pytest.mark.parametrize("key", ["in", "kept"])
def test_sums_of_either_unit_must_add_up(tmp_path: Path, unit: str, key: str) -> None:
    wrong = ledger("s", None, accounts())
    wrong[unit][key] += 1
    write_json(tmp_path / "wrong.json", wrong)
    with pytest.raises(ReenactError, match=rf"wrong\.json does not add up in its {unit}: delete it and extract its shard again"):
        merge([tmp_path / "wrong.json"])


@pytest.mark.parametrize("value", [[], {}, {"clips": 3}, {"clips": {"in": 0, "kept": 0, "left_out": []}}])
def test_a_ledger_of_another_shape_is_named(tmp_path: Path, value: object) -> None:
    write_json(tmp_path / "odd.json", value)
    with pytest.raises(ReenactError, match=r"odd\.json is damaged.*delete it and extract its shard again"):
        merge([tmp_path / "odd.json"])


@pytest.mark.parametrize(
    ("reason", "share"),
    [("no face", 0), ("another face", 0), ("landmarks fit no face", 0), ("too few frames", 0), ("truncated", 0.5), ("too long", 0.5)],
)
def test_what_pictures_show_is_no_fault_of_the_file(reason: str, share: float) -> None:
    clips = [ClipAccount("a", "v", "1", parts={"1": 9}), ClipAccount("b", "v", "1", problem=reason)]
    assert share_of_bad_files(ledger("s", None, clips)) == share
