"""A look at what was trained: for people only, no other rule reads it."""


rule diagnose:
    input:
        unpack(compared),
        encoder=lambda w: encoder(w.variant, w.pair),
        models=lambda w: [model(w, name) for name in models(w.variant)],
        predictions=lambda w: [lessons(w, predecessor(round)) for round in rounds(w.variant)],
        pseudo_labels=lambda w: [pseudo_labels(w, round) for round in rounds(w.variant)],
        gold=gold,
    output:
        diagnosis="<results>/{pair}/{variant}/seed-{seed}/diagnose/diagnosis.json",
        relations="<results>/{pair}/{variant}/seed-{seed}/diagnose/relations.tsv",
        figures=report(
            multiext(
                "<results>/{pair}/{variant}/seed-{seed}/diagnose/",
                "cosines.png",
                "relations.png",
                "training.png",
            ),
            caption="../report/diagnose.rst",
            category="Diagnostics",
            subcategory="{pair}, {variant}",
            labels={"seed": "{seed}"},
        ),
    log:
        "<logs>/{pair}/{variant}/seed-{seed}/diagnose.log",
    benchmark:
        "<benchmarks>/{pair}/{variant}/seed-{seed}/diagnose.tsv"
    conda:
        "../../envs/train.yaml"
    threads: RUN.threads
    resources:
        gpu=GPU,
    params:
        settings=settings("diagnose"),
        code=fingerprint("clner.diagnose"),
        encoder=folder_option("encoder"),
        models=lambda w, input: [str(Path(path).parent) for path in input.models],
        folder=subpath(output[0], parent=True),
    message:
        "Looking at the models of {wildcards.variant}, {wildcards.pair}, seed {wildcards.seed}"
    shell:
        "python -m clner.launch --gpus {resources.gpu:q} clner.diagnose"
        " --pair {wildcards.pair:q} --variant {wildcards.variant:q}"
        " --seed {wildcards.seed:q} {params.encoder:q} --models {params.models:q}"
        " --source {input.source:q} --translation {input.translation:q}"
        " --codeswitch {input.codeswitch:q} --predictions {input.predictions:q}"
        " --pseudo-labels {input.pseudo_labels:q} --gold {input.gold:q}"
        " --output {params.folder:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule review:
    input:
        diagnoses=of_all_cells("diagnose/diagnosis.json"),
        quality=all_qualities,
        scores=rules.summarise.output.scores,
    output:
        table=report("<results>/diagnostics.md", caption="../report/diagnostics.rst"),
        rounds=[report("<results>/rounds.png", caption="../report/rounds.rst")] * SELF_TRAINING,
    log:
        "<logs>/review.log",
    benchmark:
        "<benchmarks>/review.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=summarise_settings,
        code=fingerprint("clner.review"),
        rounds=lambda w, output: ["--rounds", *output.rounds] if SELF_TRAINING else [],
    message:
        "Gathering all diagnoses"
    shell:
        "python -m clner.review --diagnoses {input.diagnoses:q} --quality {input.quality:q}"
        " --scores {input.scores:q} --output {output.table:q} {params.rounds:q}"
        " --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"
