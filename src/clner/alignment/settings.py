"""How words are linked."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from clner.alignment.links import Method
from clner.files.inputs import expand, for_pair
from clner.jobs.precision import Precision
from clner.stage import Settings


class AlignerSettings(Settings):
    """How words are linked by the statistics of the sentence pairs."""

    key: ClassVar[str] = "project.eflomal.parallel"
    """Where a configuration has `parallel`, for errors."""

    symmetrisation: Method = Field(
        "grow-diag",
        description="how the links of both directions become one set: intersection (fewest and "
        "surest), grow-diag, grow-diag-final-and, grow-diag-final, union (most)",
    )
    prefix_length: int = Field(
        4,
        ge=0,
        description="letters that tell a word from others, so that its inflected forms count as "
        "one; 0 is all of them",
    )
    samplers: int = Field(
        3, ge=1, le=16, description="random chains whose samples are averaged; one core each"
    )
    null_prior: float = Field(
        0.2, gt=0, lt=1, description="probability, before any evidence, that a word has no link"
    )
    parallel: str | None = Field(
        None,
        min_length=1,
        description="file of further sentence pairs to learn from (TMX, or lines of source, tab, "
        "target; either may end in .gz); {source} and {target} in its path are the languages",
    )

    def parallel_name(self, source: str, target: str) -> str | None:
        """The file for a pair, as the settings name it."""
        return for_pair(self.parallel, source, target) if self.parallel else None

    def parallel_file(self, source: str, target: str) -> Path | None:
        """The file for a pair. Raises ClnerError where its path names a missing variable."""
        name = self.parallel_name(source, target)
        return expand(name, self.key) if name else None


class EmbeddingSettings(Settings):
    """How words are linked by their vectors."""

    method: Literal["mutual", "iterated", "softmax"] = Field(
        "iterated",
        description="mutual: words that are each other's most similar; iterated: that again on "
        "what is left (SimAlign's argmax and itermax); softmax: words that choose each other with "
        "some probability (awesome-align)",
    )
    layer: int | None = Field(
        None,
        ge=-1,
        description="hidden layer that is compared: 0 the embeddings, -1 the last, null two thirds "
        "of the way up (8 of 12)",
    )
    iterations: int = Field(2, ge=1, description="iterated: passes, the first one included")
    discount: float = Field(
        0.9, gt=0, le=1, description="iterated: factor for a word that is linked already"
    )
    threshold: float = Field(
        0.001, gt=0, lt=1, description="softmax: least probability, in both directions"
    )
    budget: int = Field(
        512,
        ge=1,
        description="subwords a batch, padding included; on a CPU more is slower",
    )
    max_length: int = Field(
        256, ge=8, description="subwords a window; longer sentences are cut, read and stitched"
    )
    precision: Precision = Field(
        "auto",
        description="auto: bf16 autocast on a GPU that has it, else fp32; bf16: on a CPU as well",
    )
