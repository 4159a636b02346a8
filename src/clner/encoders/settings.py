"""Settings of the encoder made from scratch; readable without importing torch."""

from pydantic import Field

from clner.jobs.precision import Precision
from clner.stage import Settings


class ScratchSettings(Settings):
    """A small encoder for machines and languages without a pretrained one. All values [ours]."""

    vocabulary: int = Field(
        12000, ge=100, description="lower-case subwords; cased forms come on top"
    )
    least: int = Field(5, ge=1, description="occurrences of a subword in the texts at least")
    dimension: int = Field(128, ge=8, description="dimensions of the piece vectors")
    width: int = Field(128, ge=8, description="width of the encoder")
    layers: int = Field(2, ge=1, description="transformer layers")
    heads: int = Field(4, ge=1, description="attention heads; must divide the width")
    dropout: float = Field(0.1, ge=0, lt=1, description="dropout in the encoder")
    vectors: bool = Field(True, description="piece vectors from co-occurrence, else random ones")
    window: int = Field(5, ge=1, description="pieces to either side that count as neighbours")
    share: float = Field(
        0.5, ge=0, le=1, description="probability that a piece stands for its translations"
    )
    seed: int = Field(1, ge=0, description="seed of the vectors and the untrained layers")


class AdaptationSettings(Settings):
    """Masked-language modelling (MLM) on the texts of the pair. All values [ours]."""

    epochs: float = Field(0.0, ge=0, description="passes over the texts; 0: no adaptation")
    translation: bool = Field(
        False, description="TLM: a sentence and its translation in one sequence, where both are"
    )
    masked: float = Field(0.15, gt=0, lt=1, description="share of the subwords to be guessed")
    batch_size: int = Field(32, ge=1, description="sequences a step")
    learning_rate: float = Field(1e-4, gt=0, description="peak learning rate")
    max_length: int = Field(128, ge=8, description="subwords a sequence; the rest is cut off")
    freeze_embeddings: bool = Field(
        False,
        description="leave the subword vectors as they are, and a tied head's with them",
    )
    precision: Precision = Field(
        "auto",
        description="auto: bf16 autocast on a GPU that has it, else fp32; bf16: on a CPU as well",
    )
    seed: int = Field(1, ge=0, description="seed of masking and order")
