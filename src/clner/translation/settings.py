"""What to translate, and with what."""

from typing import Literal

from pydantic import Field

from clner.stage import Settings

Form = Literal["sentence", "marked", "entities"]


class TranslateSettings(Settings):
    """What to translate, and with what."""

    engine: str = Field(
        "lexicon",
        description="lexicon (dictionary look-up), an EasyNMT model (opus-mt, m2m_100_418M, "
        "m2m_100_1.2B, mbart50_m2m, ...), or the path of a local model directory",
    )
    forms: list[Form] = Field(
        ["sentence"],
        min_length=1,
        description="what is translated: the sentence, the sentence with its entities marked, "
        "and each of its entities alone; projection by markers needs marked, span-match needs "
        "sentence and entities",
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
