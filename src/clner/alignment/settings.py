"""How words are linked by the statistics of the sentence pairs."""

from pathlib import Path

from pydantic import Field

from clner.alignment.links import Method
from clner.inputs import expand
from clner.stage import Settings


class AlignerSettings(Settings):
    """How words are linked by the statistics of the sentence pairs."""

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

    def parallel_file(self, source: str, target: str) -> Path | None:
        """The file for a pair. Raises ClnerError where its path names a missing variable."""
        if self.parallel is None:
            return None
        path = self.parallel.replace("{source}", source).replace("{target}", target)
        return expand(path, "project.eflomal.parallel")
