from snakemake.utils import min_version

min_version("9.27")


# Snakemake has read the overlays already; of equal variants those of config.yaml come first.
config.clear()


configfile: "config.yaml"


pathvars:
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


# A limit on GPUs holds on one machine (profiles/default sets it); a cluster has its own.
resource_scopes:
    gpu="local",


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/gathered.smk"
include: "workflow/rules/params.smk"
include: "workflow/rules/text.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/scores.smk"
include: "workflow/rules/diagnostics.smk"
include: "workflow/rules/report.smk"


onerror:
    for record in log:
        logger.error(last_words(Path(record)))


localrules:
    all,


rule all:
    input:
        all_cards,
        rules.summarise.output,
        rules.review.output,
        rules.report.output,
        all_studies,
