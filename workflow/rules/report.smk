"""The page of a run, and what it needs of each cell: for people only, no other rule reads it."""


rule analyse:
    input:
        predictions=scored,
        gold=evaluation,
        unlabelled=lambda w: [lessons(w, predecessor(round)) for round in rounds(w.variant)],
        labelled=gold,
    output:
        "<results>/{pair}/{variant}/seed-{seed}/analyse/analysis.json",
    log:
        "<logs>/{pair}/{variant}/seed-{seed}/analyse.log",
    benchmark:
        "<benchmarks>/{pair}/{variant}/seed-{seed}/analyse.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=settings("analyse"),
        code=fingerprint("clner.analyse"),
    message:
        "Counting the errors of {wildcards.variant}, {wildcards.pair}, seed {wildcards.seed}"
    shell:
        "python -m clner.analyse --pair {wildcards.pair:q} --variant {wildcards.variant:q}"
        " --seed {wildcards.seed:q} --predictions {input.predictions:q} --gold {input.gold:q}"
        " --unlabelled {input.unlabelled:q} --labelled {input.labelled:q}"
        " --output {output:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule report:
    input:
        scores=rules.summarise.output.scores,
        analyses=of_all_cells("analyse/analysis.json"),
        diagnoses=of_all_cells("diagnose/diagnosis.json"),
        quality=all_qualities,
        projections=list(all_projections().values()),
    output:
        report("<results>/report.html", caption="../report/page.rst"),
    log:
        "<logs>/report.log",
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=lambda _: settings_of(SHARED, "report"),
        configuration=lambda _: dumped(EXPERIMENT.base.model_dump(mode="json")),
        protocol=lambda _: EXPERIMENT.protocol(),
        stages=measured_stages(),
        projections=lambda w, input: [
            f"{place}={path}" for place, path in zip(all_projections(), input.projections)
        ],
        code=fingerprint("clner.report"),
        # A function of the output: what ran, and how long, is no reason to run again.
        benchmarks=lambda w, output: str(Path(rules.summarise.benchmark).parent),
    message:
        "Making the page of the run"
    shell:
        "python -m clner.report --scores {input.scores:q} --analyses {input.analyses:q}"
        " --diagnoses {input.diagnoses:q} --quality {input.quality:q}"
        " --projections {params.projections:q} --configuration {params.configuration:q}"
        " --protocol {params.protocol:q} --benchmarks {params.benchmarks:q}"
        " --stages {params.stages:q} --output {output:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"
