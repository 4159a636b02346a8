"""The card of a student: what it says, and that it never costs a training."""

import json
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard

from clner import card
from clner.config.experiment import SHARED, load, merge
from clner.config.origins import origins_of
from clner.errors import ClnerError
from clner.files.artifacts import finished_folder, write_json
from clner.files.sums import check_seal
from clner.reporting.rows import Row, write_scores
from clner.tagging.rounds import keep

ROOT = Path(__file__).parents[1]
NAMES = dict(enumerate(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]))
RECORD = {"round": 1, "dev_f1": 0.625, "stopped": False, "warnings": []}


def student(folder: Path, record: dict | None = None, **config: object) -> Path:
    with finished_folder(folder) as partial:
        write_json(partial / "config.json", {"id2label": NAMES, **config})
        write_json(partial / "training.json", RECORD | (record or {}))
    return folder


def scores(folder: Path) -> Path:
    cell = ("en+nl", "es", "concner", 3)
    rows = [
        Row(*cell, *model, split, kind, 0.5 * (model[1] == 1), 0.25, 1 / 3, 1234)
        for model in (("teacher", 0), ("student", 1), ("student", 2))
        for split in ("source-test", "target-dev", "target-test")
        for kind in ("PER", "micro")
    ]
    write_scores(folder / "scores.tsv", rows)
    return folder / "scores.tsv"


def written(tmp_path: Path, settings: dict | None = None, **options) -> str:
    model = student(tmp_path / "student-1", **options)
    card.run(
        card.CardSettings.model_validate(settings or {}),
        model=model,
        scores=scores(tmp_path),
        output=model / "README.md",
    )
    return (model / "README.md").read_text(encoding="utf-8")


def test_the_hub_reads_languages_scores_and_licence_from_it(tmp_path):
    origins = [
        {"use": "labelled sentences, en", "name": "x/news en", "dataset": "x/news"},
        {"use": "encoder", "name": "x/base (main)", "licence": "mit", "model": "x/base"},
    ]
    content = written(tmp_path, {"licence": "cc-by-nc-4.0", "data": origins})
    data = ModelCard(content).data
    assert data.language == ["es", "en", "nl"]
    assert (data.license, data.base_model, data.datasets) == ("cc-by-nc-4.0", "x/base", ["x/news"])
    assert data.library_name == "transformers"
    found = {(own.dataset_name, own.metric_type): own.metric_value for own in data.eval_results}
    assert found["target-test, es", "f1"] == pytest.approx(1 / 3, abs=1e-6)
    assert found["source-test, en and nl", "precision"] == 0.5
    assert len(found) == 6, "of the test sets, all types together"


def test_people_read_use_scores_data_and_what_is_not_stated_in_it(tmp_path):
    origins = [{"use": "dictionary, en-es", "name": "$CLNER_DATA/en-es.tsv"}]
    content = written(tmp_path, {"data": origins}, record={"warnings": ["a plateau"]})
    assert "Finds PER, LOC in text in es" in content
    assert "`concner`" in content and "seed 3" in content and "in training: 62.5" in content
    assert "| target-test | micro | 50.0 | 25.0 | 33.3 | 1,234 |" in content
    assert "| dictionary, en-es | $CLNER_DATA/en-es.tsv | not stated |" in content
    assert "- a plateau" in content
    assert "clner predict FOLDER" in content and "transformers import pipeline" in content


def test_scores_of_texts_that_were_tagged_as_wholes_say_so(tmp_path):
    assert "predict.names = 0.9" in written(tmp_path, {"names": 0.9})
    assert "predict.names" not in written(tmp_path)


def test_a_card_says_that_entities_in_small_letters_were_left_out(tmp_path):
    assert "predict.capitals = required" in written(tmp_path, {"capitals": "required"})
    assert "predict.capitals" not in written(tmp_path)


def test_a_head_of_pairs_is_not_said_to_load_in_plain_transformers(tmp_path):
    content = written(tmp_path, head={"kind": "token_pair"})
    assert "transformers import pipeline" not in content
    assert "relations of token pairs" in content
    assert ModelCard(content).data.library_name == "clner"


def test_the_card_is_no_part_of_what_checksums_guard(tmp_path):
    written(tmp_path)
    check_seal(tmp_path / "student-1")


def test_a_round_that_keeps_the_model_before_has_a_card_of_its_own(tmp_path):
    written(tmp_path)
    (tmp_path / "student-1" / ".README.md.host.1.part").write_text("half")
    keep(tmp_path / "student-1", tmp_path / "student-2")
    names = {path.name for path in (tmp_path / "student-2").iterdir()}
    assert names == {"config.json", "training.json", "SHA256SUMS"}
    check_seal(tmp_path / "student-2")


def test_a_folder_that_is_no_student_is_told(tmp_path):
    with pytest.raises(ClnerError, match=r"config\.json: no such file"):
        card.run(
            card.CardSettings(), model=tmp_path, scores=scores(tmp_path), output=tmp_path / "x"
        )


def test_a_round_without_scores_is_told(tmp_path):
    with pytest.raises(
        ClnerError, match=r"scores\.tsv: no scores of round 3, which .*student-1 is"
    ):
        written(tmp_path, record={"round": 3})
    assert not (tmp_path / "student-1/README.md").exists()


# What a configuration names --------------------------------------------------------------------


def configuration(**sections: dict) -> dict:
    return merge(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")), sections)


def named(variant: str, **sections: dict) -> dict[str, card.Origin]:
    config = load(configuration(**sections)).config(variant)
    return {origin.use: origin for origin in origins_of(config, ["en"], "es")}


def test_the_demo_names_its_texts_dictionary_and_encoder():
    found = named("concner")
    assert list(found) == [
        "labelled sentences, en",
        "unlabelled sentences, es",
        "dictionary, en-es",
        "encoder",
    ]
    assert found["dictionary, en-es"].licence == "apache-2.0"


def test_what_translates_unlabelled_text_back_is_named():
    back = {"path": "back.tsv", "licence": "cc-x", "inverse": True}
    sections = {"lexicons": {"es-en": back}, "align": {"parallel": "{source}-{target}.tmx"}}
    sections["run"] = {"targets": ["es"]}
    found = named("concner", pool={"translated": 0.5}, **sections)
    assert found["dictionary, es-en"].licence == "cc-x"
    assert found["parallel text, en-es"].name == "en-es.tmx"
    assert not {"dictionary, es-en", "parallel text, en-es"} & named("concner", **sections).keys()
    sections["translate"] = {"pairs": {"es-en": "apertium"}}
    found = named("concner", pool={"translated": 0.5}, **sections)
    assert found["translation, es-en"].name == "apertium"


def test_further_text_of_the_pair_is_named_where_it_is_read():
    encoder = {
        "further": {"es": ["mine.txt"], "de": ["other.txt"]},
        "parallel": {"en-es": ["both.tmx"], "en-de": ["none.tmx"]},
        "licence": "cc0-1.0",
    }
    found = named("concner", encoder=encoder)
    names = {use: origin.name for use, origin in found.items() if use.startswith("further")}
    assert names == {"further text, es": "mine.txt", "further text, en-es": "both.tmx"}
    assert found["further text, es"].licence == "cc0-1.0"
    found = named("concner", encoder=encoder | {"kind": "pretrained"})
    assert not any(use.startswith("further") for use in found)


def test_users_data_are_named_as_the_configuration_names_them():
    corpora = {
        "en": {"format": "hub", "name": "x/news", "config": "en", "licence": "cc-by-4.0"},
        "es": {"format": "conll", "train": "$MINE/es.conll", "test": "$MINE/test.conll"},
    }
    found = named(
        "concner",
        corpora=corpora,
        lexicons={"en-es": {"path": "$MINE/en-es.tsv", "licence": "cc-by-nc-4.0"}},
        translate={"engine": "ctranslate2:opus-mt", "licence": "cc-by-4.0"},
        project={"aligner": "eflomal"},
        encoder={"kind": "pretrained", "name": "xlm-roberta-base", "licence": "mit"},
    )
    labelled = found["labelled sentences, en"]
    assert (labelled.name, labelled.dataset, labelled.licence) == (
        "x/news en",
        "x/news",
        "cc-by-4.0",
    )
    text = found["unlabelled sentences, es"]
    assert (text.name, text.licence) == ("$MINE/es.conll, $MINE/test.conll", "")
    assert found["translation, en-es"].name == "ctranslate2:opus-mt"
    assert found["translation, en-es"].licence == "cc-by-4.0"
    assert (found["encoder"].model, found["encoder"].licence) == ("xlm-roberta-base", "mit")


def test_all_files_of_a_composed_dictionary_are_named():
    lexicon = {"path": "$MINE/nl-en.tsv", "then": "$MINE/en-es.tsv"}
    found = named("concner", lexicons={"en-es": lexicon})["dictionary, en-es"]
    assert (found.name, found.licence) == ("$MINE/nl-en.tsv, $MINE/en-es.tsv", "")
    found = named("concner", lexicons={"en-es": {"then": "$MINE/es-es.tsv"}})["dictionary, en-es"]
    assert (found.name, found.licence) == ("the demo embedded in clner, $MINE/es-es.tsv", "")


def test_parallel_text_is_named_where_an_aligner_reads_it():
    parallel = {"eflomal": {"parallel": "$MINE/{source}-{target}.tmx"}}
    assert "parallel text, en-es" not in named("concner", project=parallel)
    found = named("concner", project={"aligner": "eflomal"} | parallel)
    assert found["parallel text, en-es"].name == "$MINE/en-es.tmx"
    plain = {"kind": "pretrained", "name": "xlm-roberta-base"}  # reads no translation
    found = named("zero-shot", project={"aligner": "eflomal"} | parallel, encoder=plain)
    assert "parallel text, en-es" not in found


def test_folders_are_no_names_on_the_hub():
    found = named(
        "concner",
        corpora={"en": {"format": "hub", "name": "/data/wikiann"}},
        encoder={"kind": "pretrained", "name": "~/models/mbert"},
    )
    assert found["labelled sentences, en"].dataset is None
    assert found["encoder"].model is None


@pytest.mark.parametrize("section", ["corpora.en", "lexicons.en-es", "translate.en-es", "encoder"])
def test_a_licence_decides_no_artifact(section):
    name, _, key = section.partition(".")
    stated = {"licence": "cc0-1.0"}
    nested = name in ("corpora", "lexicons")
    changed = load(configuration(**{name: {key: stated} if nested else stated}))
    plain = load(configuration())
    assert json.dumps(changed.settings(SHARED, section)) == json.dumps(
        plain.settings(SHARED, section)
    )
