"""Input functions of the rules that gather from all cells of the run."""

from itertools import product

PAIRS = [f"{source}-{target}" for source, target in product(RUN.sources, RUN.targets)]
"""The pairs of languages of the run."""


def cells():
    """The cells of the run: pair, variant and seed."""
    return product(PAIRS, RUN.variants, RUN.seeds)


def all_cards(_):
    """The cards of the students of every cell of the run."""
    paths = [
        f"<results>/{pair}/{shared_by(variant, 'student', pair)}/seed-{seed}/student-{round}/README.md"
        for pair, variant, seed in cells()
        for round in rounds(variant)
    ]
    return list(dict.fromkeys(paths))


def of_all_cells(name):
    """A file of every cell of the run."""
    return [f"<results>/{pair}/{variant}/seed-{seed}/{name}" for pair, variant, seed in cells()]


def all_qualities(_):
    """What is known of the code-switched text of the run, be it for encoders or for taggers."""
    paths = [
        quality(variant, pair, "quality.json")
        for pair, variant in product(PAIRS, RUN.variants)
        if is_made(variant, "codeswitch")
    ]
    return list(dict.fromkeys(paths))


def all_projections():
    """The summaries of the run's projections, by the pair and the branch that they are of."""
    found = {}
    for source, target, variant in product(RUN.sources, RUN.targets, RUN.variants):
        for one in source.split("+") if is_made(variant, "project") else []:
            place = f"{one}-{target}/{shared_by(variant, 'project', f'{one}-{target}')}"
            found[place] = f"<results>/{place}/project/summary.json"
    return found


def measured_stages():
    """The stages behind the page of the run, by the names of their modules."""
    configs = [EXPERIMENT.config(variant) for variant in RUN.variants]
    made = set().union(*map(behind_models, configs))
    if not any(config.pool.several and config.student.rounds for config in configs):
        made.discard("pool")
    looked_at = {"predict", "evaluate", "analyse", "diagnose", "summarise"}
    return sorted({MODULES.get(stage, stage) for stage in made | looked_at})


def studied(study):
    """The cells of the run whose scores a study compares: pair, variant and seed."""
    return product(PAIRS, STUDIES[study].scored(), RUN.seeds)


def study_diagnoses(wildcards):
    """What was seen of the pseudo-labels of the variants of a study's axes."""
    return [
        f"<results>/{pair}/{variant}/seed-{seed}/diagnose/diagnosis.json"
        for pair, variant, seed in studied(wildcards.study)
        if STUDIES[wildcards.study].axes
    ]


def study_timings(wildcards):
    """The time that the training of each variant of a study took, if the study asks for it."""
    kind = STUDIES[wildcards.study].timed
    return [] if kind == "none" else [timing(*cell, kind) for cell in studied(wildcards.study)]


def timing(pair, variant, seed, kind):
    """Snakemake's benchmark of a variant's teacher, or of its last student."""
    name = "teacher" if kind == "teacher" else models(variant)[-1]
    shared = shared_by(variant, kind, pair)
    return f"<benchmarks>/{pair}/{shared}/seed-{seed}/{name}.tsv"


def all_studies(_):
    """The figures of all studies, and with them their tables."""
    return [f"<results>/studies/{study}.png" for study in STUDIES]
