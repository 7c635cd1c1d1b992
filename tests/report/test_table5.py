from __future__ import annotations

from reenact.config.networks import Schedule
from reenact.config.schema import Params
from reenact.report.render import render
from reenact.report.table5 import table5
from tests.support.every_metric import every_generator
from tests.support.made_workspace import PARAMS
from tests.support.markdown import cells

PAPER = [
    ["LD-Net, phase 1", "paper", "Adam", "0.0001", "32", "400,000"],
    ["LD-Net, phase 2", "paper", "Adam", "0.00005", "32", "1,000,000"],
    ["FD-GAN", "paper", "RMSprop", "0.00002", "4", "1,000,000"],
]


def rows(params: Params) -> list[list[str]]:
    return cells(render("table.md", table=table5(params)))[1:]


def test_each_training_stands_above_the_papers():
    params = PARAMS.model_copy(
        update={"fdgan": PARAMS.fdgan.model_copy(update={"schedule": Schedule(learning_rate=3e-7, batch_size=9, iterations=12345)})}
    )
    found = rows(params)
    assert found[1::2] == PAPER
    phase1 = params.ldnet.phase1
    assert found[0] == ["LD-Net, phase 1", "here", "Adam", "0.001", str(phase1.batch_size), f"{phase1.iterations:,}"]
    assert found[4] == ["FD-GAN", "here", "RMSprop", "0.0000003", "9", "12,345"]


def test_networks_that_the_paper_does_not_have_stand_alone_and_what_is_off_not_at_all():
    with every_generator():
        names = [row[:3] for row in rows(Params())]
        pix2pixhd = Params().pix2pixhd.model_copy(update={"enabled": True})
        more = [row[:3] for row in rows(Params().model_copy(update={"pix2pixhd": pix2pixhd}))]
    assert ["Dense", "here", "Adam"] in names and ["Dense", "paper", "Adam"] not in names
    assert not any("Pix2PixHD" in row[0] or "Warp" in row[0] for row in names)
    assert ["Pix2PixHD", "here", "Adam with β1 0.5"] in more
