"""Settings of the token-pair head; readable without importing torch."""

from typing import Literal

from pydantic import Field

from clner.stage import Settings


class TokenPairSettings(Settings):
    """The head that gives every pair of words a relation. Sizes are ours unless said otherwise."""

    pooling: Literal["max", "first"] = Field(
        "max", description="a word's vector: maximum over its subwords [kin], or the first one"
    )
    biaffine: int = Field(
        128, ge=1, description="width of the row and column projections of the biaffine scorer"
    )
    distances: int = Field(
        8,
        ge=0,
        description="words apart up to which each distance, left and right, has a learned bias "
        "per relation (farther ones share the last); 0: no such bias",
    )
    dropout: float = Field(
        0.3, ge=0, lt=1, description="share of a word's vector that training hides from the head"
    )
