"""From corpora and dictionaries to labelled target-language sentences."""


rule corpus:
    output:
        "<results>/corpora/{language}/{branch}/{split}.jsonl",
    log:
        "<logs>/corpora/{language}/{branch}/{split}.log",
    benchmark:
        "<benchmarks>/corpora/{language}/{branch}/{split}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=settings("corpora.{language}"),
        types=RUN.types,
        content=corpus_content,
        code=fingerprint("clner.corpus"),
    message:
        "Reading {wildcards.language} {wildcards.split} ({wildcards.branch})"
    shell:
        "python -m clner.corpus --language {wildcards.language:q} --split {wildcards.split:q}"
        " --types {params.types:q} --output {output:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule lexicon:
    output:
        "<results>/lexicons/{source}-{target}/{branch}/lexicon.tsv",
    log:
        "<logs>/lexicons/{source}-{target}/{branch}/lexicon.log",
    benchmark:
        "<benchmarks>/lexicons/{source}-{target}/{branch}/lexicon.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=settings("lexicons.{source}-{target}"),
        content=lexicon_content,
        code=fingerprint("clner.lexicon"),
    message:
        "Reading the lexicon of {wildcards.source}-{wildcards.target} ({wildcards.branch})"
    shell:
        "python -m clner.lexicon --source {wildcards.source:q} --target {wildcards.target:q}"
        " --output {output:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule translate:
    input:
        sentences=lambda w: corpus(w.branch, w.source, "train"),
        lexicon=lambda w: translation_lexicon(w.branch, f"{w.source}-{w.target}"),
        casing=lambda w: translation_casing(w.branch, w.source, w.target),
    output:
        "<results>/{source}-{target}/{branch}/translate/train.jsonl",
    log:
        "<logs>/{source}-{target}/{branch}/translate.log",
    benchmark:
        "<benchmarks>/{source}-{target}/{branch}/translate.tsv"
    conda:
        "../../envs/translate.yaml"
    threads: RUN.threads
    resources:
        gpu=GPU,
    params:
        settings=settings("translate.{source}-{target}"),
        content=engine_content,
        code=fingerprint("clner.translate"),
        folder=subpath(output[0], ancestor=3),
        lexicon=option("lexicon"),
        casing=option("casing"),
    message:
        "Translating {wildcards.source} to {wildcards.target} ({wildcards.branch})"
    shell:
        "python -m clner.launch --gpus {resources.gpu:q} clner.translate"
        " --source {wildcards.source:q} --target {wildcards.target:q}"
        " --sentences {input.sentences:q} {params.lexicon:q} {params.casing:q}"
        " --cache {params.folder:q}/translations.sqlite --output {output:q}"
        " --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


use rule translate as translate_back with:
    input:
        sentences=lambda w: corpus(w.branch, w.source, "unlabelled"),
        lexicon=lambda w: translation_lexicon(w.branch, f"{w.source}-{w.target}"),
        casing=lambda w: translation_casing(w.branch, w.source, w.target),
    output:
        "<results>/{source}-{target}/{branch}/translate/unlabelled.jsonl",
    log:
        "<logs>/{source}-{target}/{branch}/translate-unlabelled.log",
    benchmark:
        "<benchmarks>/{source}-{target}/{branch}/translate-unlabelled.tsv"
    params:
        settings=back_settings,
        content=engine_content,
        code=fingerprint("clner.translate"),
        folder=subpath(output[0], ancestor=3),
        lexicon=option("lexicon"),
        casing=option("casing"),
    message:
        "Translating unlabelled {wildcards.source} to {wildcards.target} ({wildcards.branch})"


rule align:
    input:
        sentences=lambda w: corpus(w.branch, w.target, "unlabelled"),
        translations=lambda w: translated_back(w.branch, w.source, w.target),
        lexicon=lambda w: lexicons(w.branch, f"{w.source}-{w.target}"),
    output:
        "<results>/{source}-{target}/{branch}/align/unlabelled.jsonl",
    log:
        "<logs>/{source}-{target}/{branch}/align.log",
    benchmark:
        "<benchmarks>/{source}-{target}/{branch}/align.tsv"
    conda:
        "../../envs/train.yaml"
    threads: RUN.threads
    params:
        settings=settings("align"),
        content=align_content,
        code=fingerprint("clner.align"),
        lexicon=option("lexicon"),
    message:
        "Linking words of {wildcards.target} and its translation into {wildcards.source}"
        " ({wildcards.branch})"
    shell:
        "python -m clner.align --source {wildcards.source:q} --target {wildcards.target:q}"
        " --sentences {input.sentences:q} --translations {input.translations:q}"
        " {params.lexicon:q} --output {output:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule project:
    input:
        sentences=lambda w: corpus(w.branch, w.source, "train"),
        translations=lambda w: text(w.branch, "translate", w.source, w.target),
        lexicon=lambda w: aligner_lexicon(w.branch, f"{w.source}-{w.target}"),
        encoder=lambda w: aligner_encoder(w.branch, f"{w.source}-{w.target}"),
    output:
        sentences="<results>/{source}-{target}/{branch}/project/train.jsonl",
        summary="<results>/{source}-{target}/{branch}/project/summary.json",
    log:
        "<logs>/{source}-{target}/{branch}/project.log",
    benchmark:
        "<benchmarks>/{source}-{target}/{branch}/project.tsv"
    conda:
        "../../envs/train.yaml"
    threads: RUN.threads
    resources:
        gpu=aligner_gpu,
    params:
        settings=settings("project"),
        content=parallel_content,
        code=fingerprint("clner.project"),
        lexicon=option("lexicon"),
        encoder=folder_option("encoder"),
    message:
        "Projecting labels from {wildcards.source} to {wildcards.target} ({wildcards.branch})"
    shell:
        "python -m clner.launch --gpus {resources.gpu:q} clner.project"
        " --source {wildcards.source:q} --target {wildcards.target:q}"
        " --sentences {input.sentences:q} --translations {input.translations:q}"
        " {params.lexicon:q} {params.encoder:q} --output {output.sentences:q}"
        " --summary {output.summary:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule codeswitch:
    input:
        sentences=lambda w: corpus(w.branch, w.source, "train"),
        projected=lambda w: [
            text(w.branch, "project", w.source, language) for language in switched_into(w)
        ],
        lexicon=lambda w: list(switched_lexicons(w).values()),
        casing=lambda w: list(switched_casing(w).values()),
    output:
        sentences="<results>/{source}-{target}/{branch}/codeswitch/train.jsonl",
        phrases="<results>/{source}-{target}/{branch}/codeswitch/phrases.jsonl",
    log:
        "<logs>/{source}-{target}/{branch}/codeswitch.log",
    benchmark:
        "<benchmarks>/{source}-{target}/{branch}/codeswitch.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=settings("codeswitch"),
        code=fingerprint("clner.codeswitch"),
        projected=by_language("projected", switched_into),
        lexicon=by_language("lexicon", switched_lexicons),
        casing=by_language("casing", switched_casing),
    message:
        "Code-switching {wildcards.source} with {wildcards.target} ({wildcards.branch})"
    shell:
        "python -m clner.codeswitch --source {wildcards.source:q} --target {wildcards.target:q}"
        " --sentences {input.sentences:q} --projected {params.projected:q}"
        " --lexicon {params.lexicon:q} --casing {params.casing:q} --output {output.sentences:q}"
        " --switchable {output.phrases:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"
