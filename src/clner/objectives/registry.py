"""The objectives of a teacher and of a student, as sections of the configuration."""

from inspect import getdoc

from pydantic import Field, create_model

from clner.objectives.objective import Objective, Objectives
from clner.objectives.terms import TERMS


def _section(name: str, doc: str, kinds: dict[str, type[Objective]]) -> type[Objectives]:
    fields = {
        term: (kind, Field(kind(), description=getdoc(kind).partition("\n")[0]))
        for term, kind in kinds.items()
    }
    return create_model(name, __base__=Objectives, __module__=__name__, __doc__=doc, **fields)


TeacherObjectives = _section(
    "TeacherObjectives",
    "Objectives that need labelled views only.",
    {name: kind for name, kind in TERMS.items() if not kind.reads_teacher},
)
StudentObjectives = _section(
    "StudentObjectives", "The same, and those that read a teacher's predictions.", TERMS
)
