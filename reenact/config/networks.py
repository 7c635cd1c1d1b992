"""The parameters of the networks and of their trainings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from reenact.config.section import Count, NotNegative, Positive, Section

Precision = Literal["auto", "float32", "bfloat16"]


class Schedule(Section):
    """One training (paper, Table 5)."""

    learning_rate: Positive = Field(description="Step size of the optimiser.")
    batch_size: Annotated[int, Field(ge=1)] = Field(description="Samples an iteration.")
    iterations: Count = Field(description="Iterations: optimiser steps of each network that the phase trains.")


class TrainingParams(Section):
    """What every training has."""

    ema_decay: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.995,
        description="Share that the exported exponential moving average (EMA) of the weights keeps an iteration; 0 exports the last weights. Ours.",
    )
    compile: bool = Field(
        False,
        description="Compile the networks with torch.compile, which takes a minute or more at each start; on CUDA it captures graphs, too.",
    )
    micro_batches: Count = Field(
        1, description="Parts that each batch is computed in, one after the other, to save memory. The gradients are the same."
    )
    held_out_subjects: Annotated[int, Field(ge=0)] = Field(
        3,
        description="Training subjects that are held out for a validation at each checkpoint, 0 or two at least; nobody where there are fewer than ten times as many.",
    )
    checkpoint_every: Count = Field(250, description="Iterations between two checkpoints.")

    @model_validator(mode="after")
    def _nobody_is_held_out_alone(self) -> TrainingParams:
        if self.held_out_subjects == 1:
            raise ValueError("held_out_subjects must be 0, or two at least: a validation draws pairs of subjects")
        return self


class LDNetParams(TrainingParams):
    """The landmark disentanglement network (paper, Section 3.1)."""

    hidden_layers: Count = Field(3, description="Hidden layers of each MLP. Paper: 10.")
    hidden_units: Count = Field(128, description="Units a hidden layer. Paper: 512.")
    pose_code: Count = Field(64, description="Length of the pose/expression code. Paper: 64.")
    identity_code: Count = Field(128, description="Length of the identity code. Paper: 128.")
    activation: Literal["leaky_relu", "relu", "gelu"] = Field(
        "leaky_relu", description="Activation (leaky_relu has slope 0.2). The paper names none."
    )
    normalisation: Literal["none", "layer"] = Field("none", description="Normalisation of the hidden layers. The paper names none.")
    precision: Precision = Field(
        "float32",
        description="Arithmetic of the layers in training: auto takes bfloat16 where the hardware has it. Losses, and networks in use, are float32.",
    )
    weight_reconstruction: NotNegative = Field(1000.0, description="λ_rec of Eqs. (2) and (7). Paper: 1000.")
    weight_content: NotNegative = Field(0.01, description="λ_cont of Eq. (7). Paper: 0.01.")
    weight_discriminator: NotNegative = Field(0.1, description="λ_D of Eq. (7). Paper: 0.1.")
    weight_classifier: NotNegative = Field(0.1, description="λ_C of Eqs. (2) and (7). Paper: 0.1.")
    weight_swap: NotNegative = Field(
        1000.0,
        description="Weight, in both phases, of the error of swapped landmarks where the truth is known: of landmark-only subjects. Ours; the paper has none.",
    )
    weight_contrast: NotNegative = Field(
        20.0,
        description="Weight, in phase 2, of telling whose identity code is whose among all of the batch (InfoNCE). Ours; the paper has none.",
    )
    clamp_adversary: bool = Field(
        True, description="Clamp each sample's phase-1 adversarial cross-entropy at chance level, log(number of subjects). Ours."
    )
    generator_from_phase1: bool = Field(True, description="Phase 2 starts from phase 1's generator. Ours.")
    freeze_pose_encoder: bool = Field(
        True, description="Phase 2 keeps phase 1's pose/expression encoder as it is. The paper says only that phase 1 gives a stable one."
    )
    other_clip: bool = Field(
        True, description="The two frames of a subject in a sample are of two clips where the subject has two. The paper does not say."
    )
    corpus_share: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None,
        description="Share of the samples whose subject is of the corpus, where there are landmark-only subjects beside it; null draws all subjects evenly. Ours.",
    )
    phase1: Schedule = Field(
        Schedule(learning_rate=1e-3, batch_size=64, iterations=6_000),
        description="Phase 1, optimiser Adam. Paper: learning rate 1e-4, batch 32, 400,000 iterations.",
    )
    phase2: Schedule = Field(
        Schedule(learning_rate=1e-3, batch_size=64, iterations=5_000),
        description="Phase 2, optimiser Adam. Paper: learning rate 5e-5, batch 32, 1,000,000 iterations.",
    )
    ema_decay: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.999,
        description="Share that the exported exponential moving average (EMA) of the weights keeps an iteration; 0 exports the last weights. Ours.",
    )
    held_out_subjects: Annotated[int, Field(ge=0)] = Field(
        20,
        description="Training subjects that are held out for a validation at each checkpoint, 0 or two at least: half of the corpus, and half "
        "whole casts of landmark-only subjects; of either at most one in ten. The sum of both errors, reconstruction and swap, tells the best.",
    )
    checkpoint_every: Count = Field(1_000, description="Iterations between two checkpoints.")
    micro_batches: Count = Field(
        1,
        description="Parts that each batch is computed in, one after the other, to save memory. The gradients are the same; so only 1 goes with a "
        "weight_contrast over 0, which compares all of a batch.",
    )

    @model_validator(mode="after")
    def _the_contrast_compares_people_of_one_batch(self) -> LDNetParams:
        if self.micro_batches > 1 and self.weight_contrast > 0:
            raise ValueError(
                f"micro_batches ({self.micro_batches}) must be 1 where weight_contrast ({self.weight_contrast:g}) is over 0: the contrast "
                "compares all people of a batch, not those of a part; set ldnet.micro_batches=1 (LD-Net needs little memory)"
            )
        if self.phase2.batch_size < 2 and self.weight_contrast > 0:
            raise ValueError(
                f"phase2.batch_size ({self.phase2.batch_size}) must be two at least where weight_contrast ({self.weight_contrast:g}) is over 0: "
                "the contrast compares the people of a batch"
            )
        return self


ENABLED = "Whether it is trained and stands in the tables. What one needs that is not, is not made."
LEAST_JUDGED = 32  # Pix2PixHD's discriminators halve a picture four times and normalise over more than one place


ImageSize = Annotated[int, Field(ge=64, le=1024, multiple_of=16)]


class GeneratorParams(Section):
    """What every generator has."""

    enabled: bool = Field(True, description=ENABLED)
    image_size: ImageSize = Field(64, description="Side of the images that it reads and generates, pixels. Paper: 256.")


class PairTrainingParams(GeneratorParams, TrainingParams):
    """The training of a generator on pairs of frames."""

    schedule: Schedule = Field(description="The training.")
    precision: Precision = Field(
        "auto",
        description="Arithmetic of the convolutions, in training and in generating: auto takes bfloat16 where the processor has it in hardware.",
    )
    shuffle_groups: Count = Field(64, description="Row groups held in memory to draw frame pairs from.")
    pairs_per_group: Count = Field(32, description="Frame pairs drawn from a row group each time that it is read.")


class AdversarialParams(PairTrainingParams):
    """An extractor and a translator, trained against a discriminator and a classifier (paper, Section 3.2)."""

    widths: tuple[Count, Count, Count, Count] = Field(
        (16, 24, 32, 48),
        strict=False,
        description="Features of the levels, finest first; also the dictionary's row lengths. Paper: 32, 64, 128, 256.",
    )
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


class DenseParams(PairTrainingParams):
    """The generator of our own: it moves the target's picture by a flow, and paints what that does not show."""

    network_size: Annotated[int, Field(ge=64, le=1024, multiple_of=16)] = Field(
        256,
        description="Side at which the network works if pictures are larger, pixels. What it predicts is resized to the picture. "
        "Mouth and eyes are painted at it, the rest at 64.",
    )
    widths: tuple[Count, Count, Count, Count] = Field((16, 24, 32, 48), strict=False, description="Features of the levels, finest first.")
    rows: tuple[Count, Count] = Field((64, 32), strict=False, description="Dictionary rows of the two coarsest levels, the finer first.")
    tag_length: Count = Field(32, description="Length of the dictionary's tags and keys.")
    weight_mouth_and_eyes: NotNegative = Field(
        10.0, description="What the mouth and the eyes add to the weight of an error there, which is 1 elsewhere."
    )
    weight_structure: NotNegative = Field(0.3, description="Weight of 1 - SSIM, of the luma at 128 pixels at most.")
    schedule: Schedule = Field(
        Schedule(learning_rate=2e-3, batch_size=4, iterations=4_000),
        description="The training, optimiser Adam.",
    )


class WarpParams(Section):
    """The target warped to the wanted landmarks by a thin-plate spline. Nothing is trained."""

    # The row that a trained generator must beat.
    enabled: bool = Field(True, description=ENABLED)
    image_size: ImageSize | None = Field(
        None,
        description="Side of the images that it reads and generates, pixels; null: that of the other enabled generators, 64 without any.",
    )


class FDGANParams(AdversarialParams):
    """The feature-dictionary GAN (paper, Section 3.2)."""

    rows: tuple[Count, Count, Count, Count] = Field(
        (256, 128, 64, 32), strict=False, description="Dictionary rows of the levels, finest first. Paper: 512, 256, 128, 64."
    )
    tag_length: Count = Field(32, description="Length of the dictionary's tags and keys. Paper: 32.")


class SingleRowParams(AdversarialParams):
    """FD-GAN-1: FD-GAN with one row a level, the mean of the features (paper, Section 4.1)."""

    enabled: bool = Field(False, description=ENABLED)


class AdaINParams(FDGANParams):
    """AdaIN: FD-GAN whose dictionary scales and shifts normalised features (paper, Sections 4.1 and 9.1)."""

    enabled: bool = Field(False, description=ENABLED)
    dictionary: Literal["one row", "full"] = Field(
        "one row",
        description="What scale and shift are made from: one row a level, as in the paper's Section 4.1, or the full dictionary, as in its "
        "Section 9.1. Only the full one has rows and tag_length.",
    )


class Pix2PixHDParams(PairTrainingParams):
    """Pix2PixHD: from three pictures to one, without a dictionary (arXiv 1711.11585)."""

    enabled: bool = Field(False, description=ENABLED)
    width: Count = Field(16, description="Features at full size; each downsampling doubles them. Published: 64.")
    downsamplings: Annotated[int, Field(ge=1, le=4)] = Field(3, description="Convolutions that halve the picture. Published: 4.")
    residual_blocks: Count = Field(4, description="Residual blocks at the smallest size. Published: 9.")
    discriminator_width: Count = Field(16, description="Features of the discriminators' first layer. Published: 64.")
    discriminator_scales: Count = Field(2, description="Discriminators, each of which sees half the size of the one before. Published: 3.")
    weight_feature_matching: NotNegative = Field(10.0, description="λ of the feature matching. Published: 10.")
    schedule: Schedule = Field(
        Schedule(learning_rate=2e-4, batch_size=4, iterations=3_000),
        description="The training, optimiser Adam with β1 0.5. Published: learning rate 2e-4.",
    )

    @model_validator(mode="after")
    def _discriminators_have_something_to_see(self) -> Pix2PixHDParams:
        least = LEAST_JUDGED * 2 ** (self.discriminator_scales - 1)
        if self.image_size < least:
            raise ValueError(
                f"discriminator_scales ({self.discriminator_scales}) needs an image_size of {least} or more: "
                f"the last discriminator would see pictures of fewer than {LEAST_JUDGED} pixels"
            )
        return self
