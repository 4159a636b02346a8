"""What to translate, and with what."""

from random import Random
from typing import Annotated, Literal

from pydantic import Field, model_validator

from clner.projection.marking import Style
from clner.stage import Settings
from clner.text.languages import Language, Pair

EngineName = Annotated[str, Field(min_length=1)]
Engines = Annotated[list[EngineName], Field(min_length=1)]
Form = Literal["sentence", "marked", "entities"]


class TranslateSettings(Settings):
    """What to translate, and with what."""

    engine: EngineName | Engines = Field(
        "lexicon",
        description="lexicon (dictionary look-up); apertium (the installed program); memory:FILE "
        "(a parallel file of your own: TMX, or two columns with a tab between; {source} and "
        "{target} in its path are the languages); a model as EasyNMT runs it: opus-mt, "
        "m2m_100_418M, m2m_100_1.2B, mbart50_m2m, ..., or the path of a local model directory; "
        "ctranslate2:MODEL, the same models converted and quantised. Of several in a list each "
        "sentence is translated by one, drawn with the seed and the sentence's id",
    )
    pairs: dict[Pair, EngineName | Engines] = Field(
        {}, description="the engine or engines of single pairs where they are others: {en-es: ...}"
    )
    pivots: dict[Language, Language] = Field(
        {},
        description="target languages that are reached through another one: {pt: es} goes from "
        "the source to es, then to pt, by the same engine; not for lexicon",
    )
    forms: list[Form] = Field(
        ["sentence"],
        min_length=1,
        description="what is translated: the sentence, the sentence with its entities marked, "
        "and each of its entities alone; projection by markers needs marked, span-match needs "
        "sentence and entities",
    )
    markers: Style = Field(
        "xml",
        description="form marked: what is put around an entity: tags (<a> </a>), xml (<e1> </e1>), "
        "brackets ([ ]) or quotes („ “); or placeholder, a word (XENTA) in its place, which its "
        "own translation fills",
    )
    copied: list[str] = Field(
        [],
        description="form entities: types that are not translated but copied, such as PER for an "
        "engine that takes Baker for a trade",
    )
    batch_size: int = Field(64, ge=1, description="texts per call of the engine")
    beam_size: int = Field(5, ge=1, description="beams of a neural engine; 1 is greedy")
    language_codes: dict[str, str] = Field(
        {},
        description="a Hugging Face checkpoint's own language codes where they are not ISO's, "
        'for example {"en": "en_XX", "es": "es_XX"}',
    )
    lexicon_choice: Literal["first", "random"] = Field(
        "first", description="which of a phrase's translations the lexicon engine takes"
    )
    seed: int = Field(0, ge=0, description="of random choices; each depends on the text as well")
    licence: str = Field(
        "", description="licence of the engine's model or data, for the students' cards"
    )

    @model_validator(mode="after")
    def _has_fillings(self) -> "TranslateSettings":
        fills = self.markers == "placeholder" and "marked" in self.forms
        if fills and "entities" not in self.forms:
            raise ValueError("markers placeholder needs entities among forms, to fill them")
        return self

    def get(self, pair: str) -> "TranslateSettings":
        """These settings as one pair (en-es) sees them, without those of the others."""
        source, target = pair.split("-")
        engines = self.engines(source, target)
        own = {
            "engine": engines[0] if len(engines) == 1 else engines,
            "pairs": {},
            "pivots": {key: value for key, value in self.pivots.items() if key == target},
        }
        return self.model_copy(update=own)

    def engines(self, source: str, target: str) -> list[str]:
        """The names of the engines of a pair, one or several."""
        return _several(self.pairs.get(f"{source}-{target}", self.engine))

    @property
    def named(self) -> list[str]:
        """All engines, those of single pairs among them."""
        names = [name for value in (self.engine, *self.pairs.values()) for name in _several(value)]
        return list(dict.fromkeys(names))

    def share(self, sentence_id: str, engines: int) -> int:
        """Which of several engines translates a sentence: its position, from 0."""
        return Random(f"{self.seed} {sentence_id}").randrange(engines)


def _several(value: EngineName | Engines) -> list[str]:
    return [value] if isinstance(value, str) else value
