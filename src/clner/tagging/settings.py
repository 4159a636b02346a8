"""Settings of training, shared by teacher and student; readable without importing torch."""

from typing import Literal

from pydantic import Field

from clner.jobs.precision import Precision
from clner.relations.settings import TokenPairSettings
from clner.stage import Settings


class HeadSettings(Settings):
    """What stands on the encoder."""

    head: Literal["tags", "token_pair"] = Field(
        "tags", description="a tag for each token (ConCNER), or a relation for each pair (mCL-NER)"
    )
    token_pair: TokenPairSettings = Field(
        TokenPairSettings(), description="the head of token-pair relations"
    )


class TrainingSettings(HeadSettings):
    """How a tagger is trained. Defaults are those of the sister papers [kin] for mBERT."""

    epochs: float = Field(3.0, gt=0, description="passes over the training examples")
    least_steps: int = Field(
        0,
        ge=0,
        description="steps at least: more epochs where there are few examples, with about as many "
        "looks at the dev set as `epochs` says",
    )
    batch_size: int = Field(
        32, ge=1, description="sentences a batch, on all GPUs together, each with all its views"
    )
    accumulation: int = Field(
        1,
        ge=1,
        description="batches a step, whose gradients are averaged; contrasts compare within a "
        "batch, hence with fewer negatives than in a batch of as many sentences",
    )
    learning_rate: float = Field(5e-5, gt=0, description="peak learning rate of AdamW")
    warmup: float = Field(0.1, ge=0, lt=1, description="share of the steps with a rising rate")
    weight_decay: float = Field(0.01, ge=0, description="weight decay of AdamW")
    max_length: int = Field(
        256, ge=8, description="subwords a window; longer sentences become overlapping windows"
    )
    freeze_embeddings: bool = Field(False, description="leave the subword vectors as they are")
    hidden_tokens: float = Field(
        0.0, ge=0, lt=1, description="share of the tokens of which training shows only the shape"
    )
    hidden_parts: int = Field(
        1,
        ge=1,
        description="subwords a hidden token is shown as at most; 1: as many as it has",
    )
    codeswitching: Literal["fresh", "stored"] = Field(
        "fresh", description="the code-switched view: drawn anew each epoch, or as it is stored"
    )
    precision: Precision = Field(
        "auto",
        description="auto: bf16 autocast on a GPU that has it, else fp32; bf16: on a CPU as well",
    )
    gradient_checkpointing: bool = Field(
        False, description="less memory for more time: activations are computed twice"
    )
    selection: Literal["source-dev", "last"] = Field(
        "source-dev",
        description="the epoch whose F1 on the sources' dev sets is best, or the last one",
    )
    calibration: bool = Field(
        False,
        description="divide all scores by the temperature that suits the sources' dev sets best, "
        "so that confidences are true there; head tags only",
    )
