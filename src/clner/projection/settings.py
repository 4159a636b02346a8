"""How labels are projected, and what each way needs."""

from typing import Literal, NamedTuple

from pydantic import Field

from clner.alignment.links import Method as Symmetrisation
from clner.alignment.settings import AlignerSettings, EmbeddingSettings
from clner.stage import Settings

Method = Literal["align", "markers", "span-match"]
Aligner = Literal["engine", "eflomal", "embeddings"]


class LinkRules(Settings):
    """How word links place an entity."""

    least_score: float = Field(
        0.7, ge=0, le=1, description="least agreement (Dice) of the links of an entity and a place"
    )
    gap: int = Field(
        4, ge=0, description="most words in a row inside a place that are not linked to the entity"
    )
    trim: bool = Field(
        True, description="cut articles, prepositions and punctuation off the edges of a place"
    )
    grow: bool = Field(
        True, description="take in words beside a place that have no link and look like the name"
    )


class EflomalSettings(AlignerSettings):
    """How words are linked by statistics; surer links than for other ends, as entities want."""

    symmetrisation: Symmetrisation = Field(
        "intersection",
        description="how the links of both directions become one set: intersection (fewest and "
        "surest), grow-diag, grow-diag-final-and, grow-diag-final, union (most)",
    )


class ProjectSettings(Settings):
    """How labels are projected."""

    method: Method = Field(
        "align",
        description="align (entities go where their words are aligned to), markers, or span-match",
    )
    fallback: list[Method] = Field(
        [],
        description="methods tried in turn on a sentence that still lacks an entity; one whose "
        "form of translation is missing is skipped",
    )
    aligner: Aligner = Field(
        "engine",
        description="align: engine (the blocks that lexicon and apertium know), eflomal (learnt "
        "from the sentences and further parallel text), or embeddings (vectors of an encoder)",
    )
    eflomal: EflomalSettings = Field(EflomalSettings(), description="the statistical aligner")
    embeddings: EmbeddingSettings = Field(
        EmbeddingSettings(), description="the aligner by the vectors of an encoder"
    )
    threshold: float = Field(
        0.75,
        gt=0,
        le=1,
        description="least similarity (0 to 1) to the entity of a place that span-match takes, and "
        "of what stands between brackets or quotes where the entity's translation is known",
    )
    links: LinkRules = Field(LinkRules(), description="align: from linked words to places")
    capitals: Literal["ignored", "required"] = Field(
        "ignored",
        description="required: an entity with a capital that arrives without one is no name in "
        "the target language (Spanish, español) and becomes no entity",
    )
    incomplete: Literal["drop", "keep"] = Field(
        "drop",
        description="what becomes of a sentence not all of whose entities arrive: dropped, or "
        "kept with the lost ones outside of any entity",
    )

    @property
    def methods(self) -> list[Method]:
        """All methods, in the order in which they are tried."""
        return [self.method, *self.fallback]

    def aligns_by(self, aligner: Aligner) -> bool:
        """Whether some method aligns words in that way."""
        return "align" in self.methods and self.aligner == aligner

    @property
    def finds_links(self) -> bool:
        """Whether words are to be aligned."""
        return "align" in self.methods and self.aligner != "engine"


class Need(NamedTuple):
    """What a translation must hold, and how to get it."""

    fields: tuple[str, ...]
    remedy: str


_NEEDS: dict[Method, Need] = {
    "markers": Need(("marked", "marks"), "form marked"),
    "span-match": Need(("tokens", "entities"), "forms sentence and entities"),
    "align": Need(("tokens",), "form sentence"),
}
_BLOCKS = Need(
    ("tokens", "alignment"),
    "form sentence and an engine that aligns (lexicon, apertium), or set aligner",
)


def need_of(method: Method, aligner: Aligner) -> Need:
    """What `method` needs."""
    return _BLOCKS if method == "align" and aligner == "engine" else _NEEDS[method]
