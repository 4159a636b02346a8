"""Encoders, what they say of code-switched text, teachers, and students taught in rounds."""


rule encoder:
    input:
        sentences=lambda w: encoder_texts(w.branch, w.scope),
        lexicon=lambda w: encoder_lexicons(w.branch, w.scope),
    output:
        multiext("<results>/{scope}/{branch}/encoder/", *ENCODER),
    log:
        "<logs>/{scope}/{branch}/encoder.log",
    benchmark:
        "<benchmarks>/{scope}/{branch}/encoder.tsv"
    conda:
        "../../envs/train.yaml"
    threads: RUN.threads
    resources:
        gpu=GPU,
    params:
        settings=settings("encoder.{scope}"),
        content=encoder_content,
        languages=encoder_languages,
        code=fingerprint("clner.encoder"),
        folder=subpath(output[0], parent=True),
        checkpoints=checkpoints("encoder"),
    message:
        "Making the encoder, {wildcards.scope} ({wildcards.branch})"
    shell:
        "python -m clner.launch --gpus {resources.gpu:q} clner.encoder"
        " --sentences {input.sentences:q} --lexicon {input.lexicon:q}"
        " --languages {params.languages:q} --output {params.folder:q}"
        " --checkpoints {params.checkpoints:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule quality:
    input:
        encoder=quality_encoder,
        sentences=lambda w: view(w.branch, "codeswitch", w.pair),
        phrases=lambda w: switchable(w.branch, w.pair),
        unlabelled=lambda w: view(w.branch, "unlabelled", w.pair),
    output:
        sentences="<results>/{pair}/{branch}/quality/train.jsonl",
        phrases="<results>/{pair}/{branch}/quality/phrases.jsonl",
        summary="<results>/{pair}/{branch}/quality/quality.json",
    log:
        "<logs>/{pair}/{branch}/quality.log",
    benchmark:
        "<benchmarks>/{pair}/{branch}/quality.tsv"
    conda:
        "../../envs/train.yaml"
    threads: RUN.threads
    resources:
        gpu=GPU,
    params:
        settings=settings("quality"),
        code=fingerprint("clner.quality"),
        encoder=folder_option("encoder"),
        source=lambda w: "+".join(parts(w.pair)[0]),
        target=lambda w: parts(w.pair)[1],
    message:
        "Measuring code-switched sentences, {wildcards.pair} ({wildcards.branch})"
    shell:
        "python -m clner.launch --gpus {resources.gpu:q} clner.quality"
        " --source {params.source:q} --target {params.target:q}"
        " --branch {wildcards.branch:q} --switched {input.sentences:q}"
        " --switchable {input.phrases:q} --unlabelled {input.unlabelled:q} {params.encoder:q}"
        " --output {output.sentences:q} --phrases {output.phrases:q} --summary {output.summary:q}"
        " --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule teacher:
    input:
        unpack(labelled("teacher")),
        encoder=lambda w: encoder(w.variant, w.pair),
        dev=dev,
    output:
        "<results>/{pair}/{variant}/seed-{seed}/teacher/model.safetensors",
    log:
        "<logs>/{pair}/{variant}/seed-{seed}/teacher.log",
    benchmark:
        "<benchmarks>/{pair}/{variant}/seed-{seed}/teacher.tsv"
    conda:
        "../../envs/train.yaml"
    threads: RUN.threads
    resources:
        gpu=RUN.gpus_per_job,
    params:
        settings=settings("teacher"),
        types=RUN.types,
        languages=languages,
        code=fingerprint("clner.teacher"),
        encoder=folder_option("encoder"),
        folder=subpath(output[0], parent=True),
        checkpoints=checkpoints("teacher"),
    message:
        "Training the teacher of {wildcards.variant}, {wildcards.pair}, seed {wildcards.seed}"
    shell:
        "python -m clner.launch --gpus {resources.gpu:q} clner.teacher"
        " {params.encoder:q} --types {params.types:q}"
        " --languages {params.languages:q} --seed {wildcards.seed:q}"
        " --source {input.source:q} --translation {input.translation:q}"
        " --codeswitch {input.codeswitch:q} --gold {input.gold:q} --dev {input.dev:q}"
        " --output {params.folder:q} --checkpoints {params.checkpoints:q}"
        " --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule predict:
    input:
        model=lambda w: model(w, w.model),
        texts=texts,
        lexicon=view_lexicons,
    output:
        "<results>/{pair}/{variant}/seed-{seed}/predict/{model}/{text}.parquet",
    log:
        "<logs>/{pair}/{variant}/seed-{seed}/predict/{model}/{text}.log",
    benchmark:
        "<benchmarks>/{pair}/{variant}/seed-{seed}/predict/{model}/{text}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: RUN.threads
    resources:
        gpu=GPU,
    params:
        settings=settings("predict.{text}"),
        code=fingerprint("clner.predict"),
        model=subpath(input.model, parent=True),
        target=lambda w: parts(w.pair)[1],
    message:
        "Tagging {wildcards.text} text by the {wildcards.model} of {wildcards.variant},"
        " {wildcards.pair}, seed {wildcards.seed}"
    shell:
        "python -m clner.launch --gpus {resources.gpu:q} clner.predict"
        " --model {params.model:q} --texts {input.texts:q}"
        " --lexicon {input.lexicon:q} --target {params.target:q}"
        " --output {output:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule pool:
    input:
        unpack(pooled),
    output:
        "<results>/{pair}/{variant}/seed-{seed}/pool/teacher.parquet",
    log:
        "<logs>/{pair}/{variant}/seed-{seed}/pool/teacher.log",
    benchmark:
        "<benchmarks>/{pair}/{variant}/seed-{seed}/pool/teacher.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=settings("pool"),
        code=fingerprint("clner.pool"),
        translations=option("translations"),
        links=option("links"),
        source=lambda w: parts(w.pair)[0][0],
        target=lambda w: parts(w.pair)[1],
    message:
        "Pooling what the teachers of {wildcards.variant} say, {wildcards.pair},"
        " seed {wildcards.seed}"
    shell:
        "python -m clner.pool --predictions {input.predictions:q} {params.translations:q}"
        " {params.links:q} --source {params.source:q} --target {params.target:q}"
        " --output {output:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule filter:
    input:
        lambda w: lessons(w, predecessor(w.round)),
    output:
        sentences="<results>/{pair}/{variant}/seed-{seed}/filter/round-{round}/pseudo_labels.jsonl",
        summary="<results>/{pair}/{variant}/seed-{seed}/filter/round-{round}/summary.json",
    log:
        "<logs>/{pair}/{variant}/seed-{seed}/filter/round-{round}.log",
    benchmark:
        "<benchmarks>/{pair}/{variant}/seed-{seed}/filter/round-{round}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        settings=settings("filter"),
        code=fingerprint("clner.filter"),
    message:
        "Choosing pseudo-labels of {wildcards.variant}, {wildcards.pair},"
        " seed {wildcards.seed}, round {wildcards.round}"
    shell:
        "python -m clner.filter --predictions {input:q} --output {output.sentences:q}"
        " --summary {output.summary:q} --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"


rule student:
    input:
        unpack(opening),
        unpack(labelled("student")),
        encoder=lambda w: encoder(w.variant, w.pair),
        lexicon=backward_lexicons,
        dev=dev,
    output:
        "<results>/{pair}/{variant}/seed-{seed}/student-{round}/model.safetensors",
    log:
        "<logs>/{pair}/{variant}/seed-{seed}/student-{round}.log",
    benchmark:
        "<benchmarks>/{pair}/{variant}/seed-{seed}/student-{round}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: RUN.threads
    resources:
        gpu=RUN.gpus_per_job,
    params:
        settings=settings("student"),
        types=RUN.types,
        languages=languages,
        code=fingerprint("clner.student"),
        encoder=folder_option("encoder"),
        teacher=subpath(input.teacher, parent=True),
        folder=subpath(output[0], parent=True),
        checkpoints=checkpoints("student"),
        target=lambda w: parts(w.pair)[1],
    message:
        "Training the student of {wildcards.variant}, {wildcards.pair}, seed {wildcards.seed},"
        " round {wildcards.round}"
    shell:
        "python -m clner.launch --gpus {resources.gpu:q} clner.student"
        " {params.encoder:q} --teacher {params.teacher:q}"
        " --types {params.types:q} --languages {params.languages:q} --seed {wildcards.seed:q}"
        " --predictions {input.predictions:q} --pseudo-labels {input.pseudo_labels:q}"
        " --source {input.source:q} --translation {input.translation:q}"
        " --codeswitch {input.codeswitch:q} --lexicon {input.lexicon:q} --target {params.target:q}"
        " --dev {input.dev:q}"
        " --output {params.folder:q} --checkpoints {params.checkpoints:q}"
        " --settings {params.settings:q}"
        " 2>&1 | tee {log:q}"
