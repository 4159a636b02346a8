"""The configuration: its schema, its variants, what they share, and its errors."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clner.config.experiment import SHARED, load
from clner.config.overrides import merge
from clner.config.sections import schema
from clner.config.stages import decisive
from clner.errors import ClnerError
from clner.studies.settings import StudySettings

ROOT = Path(__file__).parents[1]
STAGES = ["source", "lexicon", "translate", "project", "codeswitch", "encoder", "quality"]
STAGES += ["teacher", "predict", "pool", "filter", "student", "scored-teacher", "scored-student"]


def configuration(**sections: dict) -> dict:
    """The configuration of the project with sections laid over it."""
    values = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return merge(values, sections)


def branches(changed: dict, **sections: dict) -> dict[str, str]:
    """The branch of each stage, en to es, of a variant of ConCNER with `changed` settings."""
    experiment = load(configuration(variants={"changed": changed}, **sections))
    return {stage: experiment.branch("changed", stage, ["en"], "es") for stage in STAGES}


def fault(**sections: dict) -> str:
    with pytest.raises(ClnerError) as error:
        load(configuration(**sections))
    return str(error.value)


def test_the_schema_is_up_to_date():
    path = ROOT / "workflow/schemas/config.schema.json"
    assert path.read_text(encoding="utf-8") == schema(), "run: make schema"


def test_defaults_are_part_of_the_settings():
    written = load(configuration(filter={"entity_confidence": 0.0}))
    assert written.settings(SHARED, "filter") == load(configuration()).settings(SHARED, "filter")
    assert "entity_confidence" in written.settings(SHARED, "filter")


def test_maps_merge_and_lists_are_replaced():
    values = {"a": {"b": 1, "c": [1, 2]}, "d": 0}
    assert merge(values, {"a": {"c": [3]}}) == {"a": {"b": 1, "c": [3]}, "d": 0}
    assert values == {"a": {"b": 1, "c": [1, 2]}, "d": 0}


nested = st.recursive(
    st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8
)
mappings = st.dictionaries(st.sampled_from("abc"), nested)


@given(mappings)
def test_merging_with_itself_or_nothing_changes_nothing(values):
    assert merge(values, values) == merge(values, {}) == merge({}, values) == values


@given(mappings, mappings)
def test_overrides_win(values, overrides):
    merged = merge(values, overrides)
    assert merge(merged, overrides) == merged
    assert merged.keys() == values.keys() | overrides.keys()


BACK = {"es-en": {"path": "demo", "inverse": True}}
FROM_TEACHER = STAGES[7:]
FROM_PREDICT = [*STAGES[8:12], "scored-student"]


@pytest.mark.parametrize(
    ("changed", "own"),
    [
        ({}, []),
        ({"corpora": {"en": {"sample": {"fraction": 0.1}}}}, [s for s in STAGES if s != "lexicon"]),
        ({"corpora": {"es": {"max_unlabelled": 9}}}, STAGES[2:]),
        ({"lexicons": {"en-es": {"inverse": True}}}, STAGES[1:]),
        ({"translate": {"batch_size": 1}}, STAGES[2:]),
        ({"project": {"incomplete": "keep"}}, STAGES[3:]),
        ({"codeswitch": {"ratio": 0.1}}, STAGES[4:]),
        ({"encoder": {"scratch": {"layers": 1}}}, STAGES[5:]),
        ({"quality": {"least_ratio": 0.5}}, ["quality"]),
        ({"teacher": {"epochs": 1}}, FROM_TEACHER),
        ({"predict": {"max_length": 8}}, FROM_TEACHER[1:]),
        ({"predict": {"names": 0.5}}, ["scored-teacher", "scored-student"]),
        ({"predict": {"switched_views": 2}}, FROM_PREDICT),
        ({"predict": {"switch_target": 0.3}}, []),
        ({"pool": {"teachers": 2}}, FROM_PREDICT[1:]),
        ({"pool": {"translated": 0.5}, "lexicons": BACK}, FROM_PREDICT[1:]),
        ({"align": {"samplers": 1}}, []),
        ({"pool": {"capitals": "required"}}, []),
        ({"filter": {"max_tokens": 9}}, FROM_PREDICT[2:]),
        ({"student": {"epochs": 1}}, FROM_PREDICT[3:]),
        ({"student": {"rounds": 3}}, []),
        ({"corpora": {"de": {"max_unlabelled": 9}}}, []),
    ],
)
def test_a_stage_has_its_own_branch_where_something_before_it_changes(changed, own):
    found = branches(changed)
    assert [stage for stage in STAGES if found[stage] == "changed"] == own
    assert {found[stage] for stage in FROM_TEACHER} <= {"concner", "changed"}
    assert {found[stage] for stage in STAGES[:7]} <= {SHARED, "changed"}


@pytest.mark.parametrize(
    "changed",
    [
        {"align": {"samplers": 1}},
        {"translate": {"pairs": {"es-en": "apertium"}}},
        {"lexicons": {"es-en": {"copies": "drop"}}},
        {"pool": {"translated": 0.2}},
    ],
)
def test_the_way_back_decides_what_is_pooled_and_no_teacher(changed):
    pooled = {"pool": {"translated": 0.5}, "lexicons": BACK}
    experiment = load(configuration(variants={"back": pooled, "changed": merge(pooled, changed)}))
    stages = ["align", "predict-translated", *STAGES]
    found = {stage: experiment.branch("changed", stage, ["en"], "es") for stage in stages}
    own = [stage for stage in stages if found[stage] == "changed"]
    before = {"align": ["align"], "pool": []}.get(*changed, ["align", "predict-translated"])
    assert own == [*before, *FROM_PREDICT[1:]]


def test_a_lexicon_may_do_without_the_unlabelled_text():
    changed = {"corpora": {"es": {"max_unlabelled": 9}}}
    found = branches(changed, lexicons={"en-es": {"casing": False}})
    own = [stage for stage in STAGES if found[stage] == "changed"]
    assert own == ["encoder", "quality", *FROM_TEACHER]


def test_what_the_engines_cannot_do_is_said_before_any_job():
    aligned = {"project": {"aligner": "eflomal"}}
    said = fault(translate={"engine": "memory:mine.tsv"}, **aligned)
    assert "'memory:mine.tsv' has two columns but is asked for several pairs" in said
    load(configuration(translate={"engine": "memory:{source}-{target}.tsv"}, **aligned))
    aligner = {"project": {"aligner": "eflomal", "eflomal": {"parallel": "mine.tsv"}}}
    assert "project.eflomal.parallel = 'mine.tsv' has two columns" in fault(**aligner)
    back = {"pool": {"translated": 0.5}, "align": {"parallel": "mine.tsv"}}
    back["lexicons"] = BACK | {"de-en": BACK["es-en"]}
    assert "align.parallel = 'mine.tsv' has two columns" in fault(**back)
    load(configuration(run={"targets": ["es"]}, **back))
    load(configuration(translate={"engine": "memory:mine.tmx"}, **aligned))
    said = fault(
        translate={"engine": "memory:mine.tmx", "forms": ["sentence", "marked"]}, **aligned
    )
    assert "marked is nothing that an engine memory: can hold" in said
    said = fault(translate={"pivots": {"es": "fr"}})
    assert "translate.pivots.es: the engine lexicon goes through no other language" in said
    nl = {"lexicons": {"en-nl": {"path": "demo"}}, "codeswitch": {"languages": ["nl"]}}
    said = fault(translate={"pairs": {"en-nl": "opus-mt"}}, **nl)
    assert "not 'opus-mt'" in said


def test_settings_of_another_pair_change_nothing():
    others = {"pairs": {"en-de": "apertium", "en-es": "lexicon"}, "pivots": {"pt": "es"}}
    assert set(branches({"translate": others}).values()) <= {SHARED, "concner"}


def test_a_pair_may_have_engines_of_its_own():
    """Those of a pair that is not run are no fault."""
    load(configuration(translate={"pairs": {"en-fr": "opus-mt"}}))
    said = fault(translate={"pairs": {"en-de": "opus-mt"}})
    assert "needs translate.engine = 'lexicon' or 'apertium', not 'opus-mt'" in said
    load(configuration(translate={"engine": "apertium", "pairs": {"en-de": ["lexicon"]}}))


def test_languages_that_are_mixed_in_decide_the_code_switched_text_and_what_reads_it():
    mixing = {"codeswitch": {"languages": ["de", "es", "en"]}}
    assert branches(mixing) == branches({"codeswitch": {"ratio": 0.1}})
    changed = {"lexicons": {"en-de": {"inverse": True}}}
    assert "changed" not in branches(changed).values()
    found = branches(changed, **mixing)
    assert [stage for stage in STAGES if found[stage] == "changed"] == STAGES[4:]


def test_each_pair_is_mixed_with_the_languages_that_it_lacks():
    config = load(configuration(codeswitch={"languages": ["zh", "es", "en"]})).base
    assert config.codeswitch.mixed("en", "es") == ["es", "zh"]
    sections = decisive(config, "codeswitch", ["en"], "de")
    assert [name for name in sections if name.startswith("lexicons.")] == [
        "lexicons.en-de",
        "lexicons.en-es",
        "lexicons.en-zh",
    ]
    sections = decisive(config, "project", ["en"], "de")
    assert [name for name in sections if name.startswith("lexicons.")] == ["lexicons.en-de"]


def test_a_language_that_is_only_mixed_in_needs_no_corpus():
    experiment = load(
        configuration(codeswitch={"languages": ["nl"]}, lexicons={"en-nl": {"path": "nl.tsv"}})
    )
    assert experiment.languages() == ["en", "es", "de", "zh", "nl"]


def test_an_encoder_that_reads_nothing_does_not_depend_on_the_data():
    experiment = load(configuration(encoder={"kind": "pretrained"}))
    assert decisive(experiment.base, "encoder", ["en"], "es") == ["encoder.en-es"]
    adapted = load(configuration(encoder={"kind": "pretrained", "adaptation": {"epochs": 1.0}}))
    assert "corpora.es" in decisive(adapted.base, "encoder", ["en"], "es")


def test_quality_decides_the_taggers_that_read_code_switched_sentences():
    experiment = load(configuration())
    for variant, reads in {"mclner": True, "concner": False}.items():
        for stage in ("teacher", "student"):
            sections = decisive(experiment.config(variant), stage, ["en"], "es")
            assert ("quality" in sections) == reads
    assert "quality" not in decisive(experiment.config("mclner"), "encoder", ["en"], "es")


def test_quality_depends_on_the_encoder_if_it_compares_vectors():
    plain = {"encoder": {"kind": "pretrained"}}
    for settings, compares in [
        ({}, True),
        ({"sample": 0}, False),
        ({"sample": 0, "least_similarity": 0.5}, True),
    ]:
        config = load(configuration(quality=settings, **plain)).base
        assert ("encoder.en-es" in decisive(config, "quality", ["en"], "es")) == compares


def test_a_zero_shot_teacher_does_not_depend_on_translation():
    experiment = load(configuration(encoder={"kind": "pretrained"}))
    sections = decisive(experiment.config("zero-shot"), "teacher", ["en"], "es")
    assert sections == ["corpora.en", "encoder.en-es", "teacher"]


def test_equal_variants_have_the_name_of_the_first():
    changes = {"first": {"codeswitch": {"ratio": 0.1}}, "second": {"codeswitch": {"ratio": 0.1}}}
    experiment = load(configuration(variants=changes))
    for stage in ["codeswitch", "teacher", "student"]:
        assert experiment.branch("second", stage, ["en"], "es") == "first"


def test_several_sources_count_together():
    lexicon = {"de-es": {"path": "demo"}}
    changed = {"corpora": {"de": {"sample": {"fraction": 0.1}}}}
    values = configuration(lexicons=lexicon, variants={"changed": changed})
    experiment = load(values)
    assert experiment.branch("changed", "teacher", ["en", "de"], "es") == "changed"
    assert experiment.branch("changed", "teacher", ["en"], "es") == "concner"


PLAIN = {"encoder": {"kind": "pretrained"}}


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"filter": {"entity_confidense": 0.5}},
            "config: unknown setting filter.entity_confidense; did you mean 'entity_confidence'?",
        ),
        (
            {"filter": {"entity_confidence": 1.5}},
            "config: filter.entity_confidence = 1.5: Input should be less than or equal to 1",
        ),
        (
            {"teacher": {"epochs": "many"}},
            "config: teacher.epochs = 'many': Input should be a valid number",
        ),
        (
            {"corpora": {False: {}}},
            "config.corpora: the key False is not text (YAML reads no, yes, on and off as "
            "booleans: quote them)",
        ),
        (
            {"run": {"variants": ["concer"]}},
            "config: run.variants: unknown variant 'concer'; did you mean 'concner'?",
        ),
        (
            {"run": {"targets": ["fr"]}},
            "config: run: unknown language 'fr'; known: en, es, de, zh (the sections of corpora)",
        ),
        (
            {"run": {"targets": ["es", "en"]}},
            "config: run.targets: 'en' is a source too (run.sources: 'en')",
        ),
        (
            {"project": {"method": "span-match"}},
            "config: project.method = 'span-match' needs entities among translate.forms "
            "(in zero-shot, translate-train, concner)",
        ),
        (
            {"translate": {"engine": "opus-mt"}},
            "config: project.method = 'align' needs translate.engine = 'lexicon' or 'apertium', "
            "not 'opus-mt'; set project.aligner to 'eflomal' or take 'span-match' (in zero-shot, "
            "translate-train, concner)",
        ),
        (
            {"translate": {"engine": ["lexicon", "opus-mt"]}, "project": {"fallback": ["markers"]}},
            "config: project.method = 'align' needs translate.engine = 'lexicon' or 'apertium', "
            "not 'opus-mt'; set project.aligner to 'eflomal' or take 'span-match' (in zero-shot, "
            "translate-train, concner)\n"
            "config: project.fallback = 'markers' needs marked among translate.forms "
            "(in zero-shot, translate-train, concner)",
        ),
        (
            {"translate": {"forms": ["marked"], "markers": "placeholder"}},
            "config: translate = {'engine': 'lexicon', 'forms': ['marked'], 'markers': "
            "'placeholder'}: markers placeholder needs entities among forms, to fill "
            "them",
        ),
        (
            {"project": {"aligner": "embeddings"}},
            "config: project.aligner = 'embeddings' needs an encoder that is made before, but "
            "encoder.texts has codeswitch and translation; leave that out, or set "
            "project.aligner to 'eflomal' (in zero-shot, translate-train, concner)",
        ),
        ({"run": {"seeds": [1, 2, 1]}}, "config: run.seeds: 1 is named twice"),
        (
            {"run": {"sources": ["de"], "targets": ["es"], "variants": ["concner"]}},
            "config: lexicons: no section de-es, which translate.engine = 'lexicon' needs "
            "(in concner)",
        ),
        (
            {"codeswitch": {"languages": ["de", "nl"]}, "variants": {"zero-shot": PLAIN}},
            "config: lexicons: no section en-nl, which translate.engine = 'lexicon' with "
            "codeswitch.languages needs (in translate-train, concner)",
        ),
        (
            {"codeswitch": {"languages": ["de", "es", "de"]}},
            "config: codeswitch.languages = ['de', 'es', 'de']: 'de' is named twice",
        ),
        (
            {"codeswitch": {"languages": ["German"]}},
            "config: codeswitch.languages.0 = 'German': String should match pattern '^[a-z]{2,3}$'",
        ),
        (
            {"run": {"gpus_per_job": 3}, "student": {"batch_size": 12}},
            "config: teacher.batch_size = 16 cannot be shared by run.gpus_per_job = 3; take a "
            "multiple (in zero-shot, translate-train, concner)",
        ),
        (
            {"report": {"baseline": "conncner"}},
            "config: report.baseline: unknown variant 'conncner'; did you mean 'concner'?",
        ),
        (
            {"variants": {"mine": {"teachr": {}}}},
            "config.variants.mine: unknown section 'teachr'; did you mean 'teacher'?",
        ),
        (
            {"variants": {"mine": {"teacher": {"epochs": 0}}}},
            "config.variants.mine: teacher.epochs = 0: Input should be greater than 0",
        ),
        (
            {"variants": {"shared": {}}},
            "config.variants.shared: 'shared' is taken; choose another name",
        ),
    ],
)
def test_faults_are_one_line_each(sections, message):
    assert fault(**sections) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run: {targets: [es, no]}", "run.targets.1 = False: "),
        ("teacher: {learning_rate: 2e-5}", "teacher.learning_rate = '2e-5': "),
    ],
)
def test_what_yaml_reads_otherwise_is_explained(text, expected):
    message = fault(**yaml.safe_load(text))
    assert expected in message
    assert "YAML reads" in message
    assert "\n" not in message


def test_an_engine_of_its_own_needs_no_lexicon():
    run = {"sources": ["de"], "targets": ["es"], "variants": ["concner"]}
    translate = {"engine": "opus-mt", "forms": ["sentence", "entities"]}
    sections = {"run": run, "translate": translate, "project": {"method": "span-match"}}
    load(configuration(**sections, codeswitch={"phrases": "entity"}))
    assert fault(**sections) == (
        "config: lexicons: no section de-es, which codeswitch.phrases = 'both' needs (in concner)"
    )


def test_the_protocol_names_each_selection_that_is_used():
    best, last = "the epoch with the best F1 on the sources' dev sets", "the last epoch"
    both = load(configuration(student={"selection": "last"}))
    assert both.protocol() == f"Checkpoints of teachers: {best}; of students: {last}."
    alone = load(configuration(run={"variants": ["zero-shot"]}))
    assert alone.protocol() == f"Checkpoints of teachers: {best}."


# Studies ---------------------------------------------------------------------------------


def study(**settings) -> dict:
    axis = {"settings": ["filter.entity_confidence"], "values": [0.0, 0.25]}
    return {"asked": {"variants": ["concner"], "axes": {"entity": axis}} | settings}


def test_a_study_defines_and_runs_a_variant_for_each_step():
    experiment = load(configuration(studies=study()))
    assert experiment.base.run.variants[-2:] == ["concner-entity-0", "concner-entity-0.25"]
    assert experiment.config("concner-entity-0.25").filter.entity_confidence == 0.25
    # The step that changes nothing is the variant itself.
    assert experiment.branch("concner-entity-0", "student", ["en"], "es") == "concner"
    assert experiment.branch("concner-entity-0.25", "predict", ["en"], "es") == "concner"
    own = experiment.branch("concner-entity-0.25", "student", ["en"], "es")
    assert own == "concner-entity-0.25"


def test_steps_lie_over_the_variant_that_they_vary():
    step = {"codeswitch": {"ratio": 0.9}, "teacher": {"epochs": 1}}
    asked = study(variants=["mclner"], axes={"more": {"steps": {"both": step}}})
    varied = load(configuration(studies=asked, run={"variants": []})).config("mclner-more-both")
    assert (varied.codeswitch.ratio, varied.teacher.epochs) == (0.9, 1)
    assert varied.teacher.head == "token_pair"


def test_values_have_names_that_fit_into_paths():
    values = [1.0, 1e-5, None, True, ["de", "nl"], "Opus-MT"]
    axis = {"settings": ["quality.least_ratio"], "values": values}
    labels = StudySettings.model_validate({"variants": ["a"], "axes": {"x": axis}}).axes["x"].labels
    assert labels == ["1", "1e-05", "none", "true", "de-nl", "opus-mt"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (study(variants=["concer"]), "studies.asked: unknown variant 'concer'; did you mean"),
        (study(axes={}), "studies.asked: needs variants, and axes or gain"),
        (study(variants=[]), "studies.asked: needs variants, and axes or gain"),
        (
            study(axes={"x": {"settings": ["filter.max_entitis"], "values": [1]}}),
            "config.variants.concner-x-1: unknown setting filter.max_entitis; did you mean",
        ),
        (
            study(axes={"x": {"settings": ["run.threads"], "values": [1]}}),
            "config.variants.concner-x-1: unknown section 'run'",
        ),
        (study(variants=["zero-shot"], timed="student"), "'student', but zero-shot-entity-0 has"),
        (study(axes={}, gain={"over": "mclneer"}), "studies.asked: unknown variant 'mclneer'"),
        (study(axes={}, gain={"over": "concner"}), "gain.over: 'concner' is studied itself"),
    ],
)
def test_a_study_that_cannot_be_run_is_said_before_any_job(asked, said):
    assert said in fault(studies=asked)


def test_a_gain_by_distance_needs_three_pairs():
    gain = study(axes={}, gain={"over": "zero-shot"})
    load(configuration(studies=gain))
    said = fault(studies=gain, run={"targets": ["es", "de"]})
    assert said == "config: studies.asked.gain: needs 3 pairs of languages or more; the run has 2"


def test_two_studies_may_share_steps_but_not_only_their_names():
    once = study()["asked"]
    load(configuration(studies={"one": once, "two": once}))
    other = {"variants": ["concner"], "axes": {"entity": {"steps": {"0.25": {}}}}}
    said = fault(studies={"one": once, "two": other})
    assert "studies.two: the variant 'concner-entity-0.25' is there already and differs" in said


def test_a_run_has_a_variant_or_a_study():
    assert "run.variants: there is none to run" in fault(run={"variants": []})


def test_a_lexicon_can_be_taken_out_again():
    zero_shot = {"targets": ["es"], "variants": ["zero-shot"]}
    values = configuration(lexicons={"en-es": None}, encoder={"texts": ["source"]}, run=zero_shot)
    assert "en-es" not in load(values).base.lexicons


def test_links_of_words_code_switch_context_without_a_lexicon():
    chosen = {
        "lexicons": {"en-es": None},
        "translate": {"engine": "opus-mt"},
        "encoder": {"texts": ["source"]},
        "run": {"targets": ["es"], "variants": ["switching"]},
        "variants": {"switching": {"teacher": {"views": ["source", "translation", "codeswitch"]}}},
    }
    links = {"project": {"aligner": "eflomal"}}
    load(configuration(**chosen | links | {"student": {"rounds": 0}}))
    apart = {
        "project": {"method": "span-match"},
        "translate": {"engine": "opus-mt", "forms": ["sentence", "entities"]},
    }
    said = fault(**chosen | apart | {"student": {"rounds": 0}})
    assert "no section en-es, which codeswitch.phrases = 'both' needs" in said


def test_further_text_of_a_language_that_has_no_corpus_is_no_text():
    said = fault(encoder={"further": {"en": ["en.txt"], "se": ["es.txt"]}})
    assert "encoder.further.se: unknown language 'se'; known: en, es, de, zh" in said
    assert "encoder.further.en" not in said
    said = fault(encoder={"parallel": {"en-es": ["a.tmx"], "en-dd": ["b.tmx"]}})
    assert "encoder.parallel.en-dd: unknown language 'dd'" in said
    assert "en-es" not in said
    assert "write en-es" in fault(encoder={"parallel": {"es-en": ["a.tmx"]}})


def test_further_text_counts_for_the_pairs_of_its_languages_only():
    more = {"encoder": {"further": {"de": ["de.txt"]}, "parallel": {"en-de": ["en-de.tsv"]}}}
    variants = {"changed": more}
    experiment = load(configuration(variants=variants))
    assert experiment.branch("changed", "encoder", ["en"], "es") == SHARED
    assert experiment.branch("changed", "encoder", ["en"], "de") == "changed"
    assert experiment.branch("changed", "teacher", ["en"], "de") == "changed"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"teacher": {"views": ["target"]}, "student": {"rounds": 1}},
            "teacher.views has 'target'.*set student.rounds to 0",
        ),
        (
            {"pool": {"translated": 0.5}},
            "no section es-en, which translate.engine = 'lexicon' with pool.translated needs",
        ),
        (
            {"teacher": {"head": "token_pair", "calibration": True}},
            "teacher.calibration: works with teacher.head = 'tags' only, not 'token_pair'",
        ),
        (
            {"filter": {"entity_agreement": 0.5}},
            "filter.entity_agreement = 0.5: nobody is there to agree; set predict.switched_views",
        ),
        (
            {
                "filter": {"entity_agreement": 0.5},
                "pool": {"teachers": 2},
                "student": {"rounds": 2},
            },
            "filter.entity_agreement = 0.5: one student has nobody to agree with",
        ),
        (
            {"run": {"seeds": [1, 1001]}, "pool": {"teachers": 2}},
            "pool.teachers: seed 1001 would teach with two of run.seeds",
        ),
    ],
)
def test_what_cannot_be_pooled_or_taught_is_said_before_any_job(changed, message):
    with pytest.raises(ClnerError, match=message):
        load(configuration(**changed))
