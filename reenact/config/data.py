"""The parameters of the data: where videos come from, how shards are made of them, and how large the test sets are."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from reenact.config.section import Count, NotNegative, Positive, Section, Share, UserPath


class SyntheticParams(Section):
    """The rendered corpus, used where corpus.kind is synthetic."""

    frames_per_clip: Annotated[int, Field(ge=10)] = Field(50, description="Rendered frames per clip, at 25 frames/s.")
    image_size: Annotated[int, Field(ge=128, le=1024, multiple_of=2)] = Field(
        256, description="Side of the square video, pixels; even, as H.264 requires."
    )
    supersampling: Annotated[int, Field(ge=1, le=4)] = Field(2, description="Samples per pixel along each axis.")
    yaw_degrees: Annotated[float, Field(ge=0, le=45)] = Field(
        30.0, description="Largest head rotation about the vertical axis, degrees to either side."
    )
    pitch_degrees: Annotated[float, Field(ge=0, le=30)] = Field(15.0, description="Largest nod, degrees up or down.")
    roll_degrees: Annotated[float, Field(ge=0, le=30)] = Field(12.0, description="Largest tilt towards a shoulder, degrees.")
    crf: Annotated[int, Field(ge=0, le=51)] = Field(18, description="H.264 constant rate factor: 0 lossless, 51 worst.")
    ffmpeg: UserPath | None = Field(
        None,
        description="The ffmpeg that encodes the videos; their bytes depend on it. null: the pinned wheel's, or the one on PATH if the wheel has none for this platform. A name is looked up on PATH; with a slash it is a file, absolute or relative to the project.",
    )


class CorpusParams(Section):
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
        description="Root folder of a corpus of real videos (PATH), absolute or relative to the project; null if the corpus is synthetic.",
    )
    train_subjects: Annotated[int, Field(ge=2)] | None = Field(
        60, description="Subjects to train on, drawn by data_seed; all if there are fewer. null: all. Paper: 1000."
    )
    test_subjects: Annotated[int, Field(ge=2)] | None = Field(
        12,
        description="Unseen subjects for the test sets, drawn by data_seed; all if there are fewer. null: all. Paper: at least 80.",
    )
    clips_per_subject: Count | None = Field(
        2, description="Clips per subject, drawn by data_seed. null: all. Paper: about 52 (52,112 videos of 1000 subjects)."
    )
    test_share: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.2,
        description="Share of the subjects set aside for testing, in a folder corpus and in a faceforensics one without its published split.",
    )
    landmark_subjects: Annotated[int, Field(ge=0)] = Field(
        2000,
        description="Further people of whom only landmarks are made, for LD-Net beside those of the corpus. Eight of them give one performance.",
    )
    landmark_frames: Count = Field(50, description="Frames of landmarks per landmark-only subject.")
    synthetic: SyntheticParams = SyntheticParams()

    @model_validator(mode="after")
    def _path_fits_kind(self) -> CorpusParams:
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


class ShardsParams(Section):
    """From video files to 256×256 crops with landmarks in Parquet shards."""

    train_shards: Count = Field(4, description="Parquet shards that the training clips are spread over.")
    test_shards: Count = Field(2, description="Parquet shards that the test clips are spread over.")
    image_size: Annotated[int, Field(ge=64, le=1024)] = Field(256, description="Side of the crops, pixels. Paper: 256.")
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = Field(95, description="JPEG quality of the stored crops.")
    frame_stride: Count = Field(1, description="Keep every n-th frame of the 25 frames/s.")
    max_frames_per_clip: Count | None = Field(None, description="Most frames kept of a clip; null keeps all.")
    min_frames_per_clip: Count = Field(10, description="A clip with fewer kept frames is left out whole.")
    max_seconds_per_clip: Positive = Field(
        3600.0,
        description="Longest clip, seconds; a longer one is left out whole, as videos are untrusted. A clip whose header gives no length is read up to here.",
    )
    max_pixels_per_frame: Count = Field(
        9_000_000, description="Most pixels per frame, width × height; a clip with more is left out whole. 4096×2160 passes."
    )
    row_group_rows: Annotated[int, Field(ge=10)] = Field(100, description="About how many rows (frames) a Parquet row group holds.")
    detect_every: Count = Field(
        10, description="Frames between two runs of the face detector; in between, the face is followed by its landmarks."
    )
    detector_upsampling: Annotated[int, Field(ge=0, le=2)] = Field(0, description="How often a frame is doubled in size before detection.")
    crop_scale: Annotated[float, Field(ge=1, le=4)] = Field(
        1.8, description="Side of the crop over the larger side of the landmarks' bounding box."
    )
    crop_shift_up: Annotated[float, Field(ge=-0.5, le=0.5)] = Field(
        0.1,
        description="How far the crop's centre lies above the landmarks' box centre, as a share of the crop's side (keeps the forehead).",
    )
    crop_smoothing_seconds: NotNegative = Field(
        0.4, description="Standard deviation of the Gaussian over time that smooths the crop box, seconds."
    )
    max_left_out: Share = Field(
        0.5,
        description="The workflow stops if more than this share of a split's frames is left out, or of its clips because of their files.",
    )

    @model_validator(mode="after")
    def _limits_leave_frames(self) -> ShardsParams:
        if self.max_frames_per_clip is not None and self.max_frames_per_clip < self.min_frames_per_clip:
            raise ValueError("shards.max_frames_per_clip must not be less than shards.min_frames_per_clip, or every clip would be left out")
        return self


class TestSetsParams(Section):
    """LMTest, SelfTest and CrossTest (paper, Section 4)."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    lmtest_subjects: Annotated[int, Field(ge=2)] = Field(40, description="Identities of LMTest. Paper: 100.")
    lmtest_frames: Annotated[int, Field(ge=2)] = Field(
        200, description="Poses and expressions of LMTest, each shown by every identity. Paper: 2000."
    )
    portraits: UserPath | None = Field(
        None,
        description="Folder of neutral photographs, one per person, none in sub-folders; LMTest fits identities to them. null: portraits of unseen people are rendered. Paper: 100 of the Compound Facial Expressions database.",
    )
    performer: UserPath | None = Field(
        None,
        description="Video of one person; LMTest fits poses and expressions to it. null: one of an unseen person is rendered. Paper: a filmed performer.",
    )
    self_subjects: Count = Field(12, description="Subjects of SelfTest, one clip each; all if the corpus has fewer. Paper: 80.")
    self_frames: Annotated[int, Field(ge=2)] = Field(
        16, description="Frames per SelfTest clip after its first, which is the target; all if a clip has fewer. Paper: 100."
    )
    cross_pairs: Count = Field(8, description="Pairs of different subjects in CrossTest. Paper: 80.")
    cross_frames: Annotated[int, Field(ge=2)] = Field(30, description="Frames per CrossTest driver. Paper: 100.")
