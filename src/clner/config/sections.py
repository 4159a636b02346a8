"""The sections of config.yaml: the settings of every stage, and named variants of them."""

import json
from typing import Annotated, Any

from pydantic import Field, field_validator

from clner.align import AlignSettings
from clner.analyse import AnalyseSettings
from clner.card import CardSettings
from clner.codeswitch import CodeswitchSettings
from clner.corpus import CorpusSettings
from clner.diagnose import DiagnoseSettings
from clner.encoder import EncoderSettings
from clner.evaluate import EvaluateSettings
from clner.filter import FilterSettings
from clner.lexicon import LexiconSettings
from clner.pool import PoolSettings
from clner.predict import PredictSettings
from clner.project import ProjectSettings
from clner.quality import QualitySettings
from clner.report import ReportSettings
from clner.stage import Name, Settings
from clner.student import StudentSettings
from clner.studies.settings import StudySettings
from clner.summarise import SummariseSettings
from clner.teacher import TeacherSettings
from clner.text.languages import Language, Pair
from clner.translate import TranslateSettings

Languages = Annotated[str, Field(pattern=r"^[a-z]{2,3}(\+[a-z]{2,3})*$")]


class RunSettings(Settings):
    """What a run consists of: every source with every target, variant and seed."""

    sources: list[Languages] = Field(
        ["en"], min_length=1, description="source languages; en+nl trains on both together"
    )
    targets: list[Language] = Field(
        ["es"], min_length=1, description="target languages, each a section of corpora"
    )
    variants: list[Name] = Field(
        ["concner"],
        description="names under variants, in the order of the tables; those of studies follow",
    )
    seeds: list[Annotated[int, Field(ge=0)]] = Field(
        [1], min_length=1, description="random seeds of training"
    )
    types: list[Annotated[str, Field(pattern=r"^\w+$")]] = Field(
        ["PER", "LOC", "ORG"], min_length=1, description="entity types, in the order of outputs"
    )
    threads: int = Field(1, ge=1, description="CPU threads of a job that runs a model")
    gpus_per_job: int = Field(
        0,
        ge=0,
        description="GPUs of a job that trains a teacher or a student, a process each; other jobs "
        "with a model take one at most; 0: all on the CPU",
    )


class Config(Settings):
    """config.yaml: what to run, a section for each stage, and the variants."""

    pathvars: dict[str, str] = Field(
        {}, description="where files go, as Snakemake's pathvars (results, logs, benchmarks)"
    )
    run: RunSettings = Field(RunSettings(), description="what to run")
    corpora: dict[Language, CorpusSettings] = Field(description="a corpus for each language")
    lexicons: dict[Pair, LexiconSettings | None] = Field(
        {}, description="a bilingual lexicon for each pair (en-es); null: none after all"
    )
    translate: TranslateSettings = Field(TranslateSettings(), description="translation")
    project: ProjectSettings = Field(ProjectSettings(), description="label projection")
    codeswitch: CodeswitchSettings = Field(CodeswitchSettings(), description="code-switching")
    encoder: EncoderSettings = Field(EncoderSettings(), description="the encoder")
    quality: QualitySettings = Field(
        QualitySettings(), description="measures of code-switched sentences, and a filter on them"
    )
    teacher: TeacherSettings = Field(TeacherSettings(), description="training of the teacher")
    predict: PredictSettings = Field(PredictSettings(), description="prediction")
    align: AlignSettings = Field(
        AlignSettings(), description="word links of unlabelled text and its translation"
    )
    pool: PoolSettings = Field(PoolSettings(), description="predictions, pooled")
    filter: FilterSettings = Field(FilterSettings(), description="choice of pseudo-labels")
    student: StudentSettings = Field(StudentSettings(), description="training of the students")
    evaluate: EvaluateSettings = Field(EvaluateSettings(), description="scores")
    card: CardSettings = Field(CardSettings(), description="the students' cards")
    summarise: SummariseSettings = Field(SummariseSettings(), description="tables and figure")
    diagnose: DiagnoseSettings = Field(DiagnoseSettings(), description="a look at the models")
    analyse: AnalyseSettings = Field(AnalyseSettings(), description="errors, and their sentences")
    report: ReportSettings = Field(ReportSettings(), description="the page of the run")
    variants: dict[Name, dict[str, Any]] = Field(
        description="named overrides of the sections: maps merge, lists and values replace"
    )
    studies: dict[Name, StudySettings] = Field(
        {}, description="questions to the run; variants that they need are made and run"
    )

    @field_validator("lexicons")
    @classmethod
    def _without_null(cls, lexicons: dict) -> dict:
        return {pair: settings for pair, settings in lexicons.items() if settings}


# The sections of stages that no other reads, for people only.
GATHERING = {"card", "summarise", "diagnose", "analyse", "report", "studies"}

# The sections that a variant overrides are those that decide an artifact made for it.
VARIED = [
    name
    for name in Config.model_fields
    if name not in {"pathvars", "run", "evaluate", *GATHERING, "variants"}
]


def schema() -> str:
    """The JSON schema of config.yaml, as the file in workflow/schemas holds it."""
    return json.dumps(Config.model_json_schema(), indent=2, ensure_ascii=False) + "\n"
