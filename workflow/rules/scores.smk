"""From predictions to the tables and the figure."""


rule evaluate:
    input:
        predictions=scored,
        gold=evaluation,
    output:
        "<results>/{pair}/{variant}/seed-{seed}/evaluate/scores.tsv",
    log:
        "<logs>/{pair}/{variant}/seed-{seed}/evaluate.log",
    benchmark:
        "<benchmarks>/{pair}/{variant}/seed-{seed}/evaluate.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=settings("evaluate"),
        code=fingerprint("clner.evaluate"),
    message:
        "Scoring the models of {wildcards.variant}, {wildcards.pair}, seed {wildcards.seed}"
    shell:
        "python -m clner.evaluate --pair {wildcards.pair:q} --variant {wildcards.variant:q}"
        " --seed {wildcards.seed:q} --predictions {input.predictions:q} --gold {input.gold:q}"
        " --output {output:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule card:
    input:
        model="<results>/{pair}/{variant}/seed-{seed}/student-{round}/model.safetensors",
        scores=card_scores,
    output:
        "<results>/{pair}/{variant}/seed-{seed}/student-{round}/README.md",
    log:
        "<logs>/{pair}/{variant}/seed-{seed}/card/student-{round}.log",
    benchmark:
        "<benchmarks>/{pair}/{variant}/seed-{seed}/card/student-{round}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=card_settings,
        code=fingerprint("clner.card"),
        model=subpath(input.model, parent=True),
    message:
        "Writing the card of student {wildcards.round} of {wildcards.variant}, {wildcards.pair},"
        " seed {wildcards.seed}"
    shell:
        "python -m clner.card --model {params.model:q} --scores {input.scores:q}"
        " --output {output:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule summarise:
    input:
        of_all_cells("evaluate/scores.tsv"),
    output:
        scores=report("<results>/scores.tsv", caption="../report/scores.rst"),
        table=report("<results>/table.md", caption="../report/table.rst"),
        figure=report("<results>/table.png", caption="../report/figure.rst"),
    log:
        "<logs>/summarise.log",
    benchmark:
        "<benchmarks>/summarise.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=summarise_settings,
        code=fingerprint("clner.summarise"),
    message:
        "Summarising all scores"
    shell:
        "python -m clner.summarise --scores {input:q} --output {output.scores:q}"
        " --table {output.table:q} --figure {output.figure:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule study:
    input:
        scores=rules.summarise.output.scores,
        diagnoses=study_diagnoses,
        timings=study_timings,
    output:
        table=report(
            "<results>/studies/{study}.md",
            caption="../report/study.rst",
            category="Studies",
            subcategory="{study}",
        ),
        points="<results>/studies/{study}.tsv",
        figure=report(
            "<results>/studies/{study}.png",
            caption="../report/study.rst",
            category="Studies",
            subcategory="{study}",
        ),
    log:
        "<logs>/studies/{study}.log",
    benchmark:
        "<benchmarks>/studies/{study}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=study_settings,
        content=distances_content,
        code=fingerprint("clner.study"),
        timings=timings,
    message:
        "Answering the study {wildcards.study}"
    shell:
        "python -m clner.study --scores {input.scores:q} --diagnoses {input.diagnoses:q}"
        " --timings {params.timings:q} --output {output.table:q} --points {output.points:q}"
        " --figure {output.figure:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"
