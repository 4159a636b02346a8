"""Hugging Face datasets, as local folders laid out like hub repositories."""

import json

import datasets
import huggingface_hub
import pytest

from clner.corpora.hub import read_hub
from clner.corpus import CorpusSettings, run
from clner.errors import ClnerError

NAMES = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
ROWS = {
    "tokens": [["Ada", "Lovelace", "rechnet"], ["In", "Köln"]],
    "ner_tags": [[1, 2, 0], [0, 5]],
}
READ = [
    (["Ada", "Lovelace", "rechnet"], ["B-PER", "I-PER", "O"]),
    (["In", "Köln"], ["O", "B-LOC"]),
]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


def class_labels(names=NAMES):
    return datasets.Features(
        tokens=datasets.List(datasets.Value("string")),
        ner_tags=datasets.List(datasets.ClassLabel(names=names)),
    )


def write_parquet(path, rows=ROWS, features=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    datasets.Dataset.from_dict(rows, features=features).to_parquet(path)


@pytest.fixture
def wikiann(tmp_path):
    """Configurations declared in the README, a file a split, tags as class labels."""
    root = tmp_path / "wikiann"
    configurations = []
    for language in ("de", "en"):
        for split in ("train", "validation"):
            write_parquet(root / language / f"{split}-00000-of-00001.parquet", ROWS, class_labels())
        files = [
            {"split": split, "path": f"{language}/{split}-*"} for split in ("train", "validation")
        ]
        configurations.append({"config_name": language, "data_files": files})
    # JSON is YAML, which the front matter of a dataset card is made of
    card = f"---\n{json.dumps({'configs': configurations})}\n---\n"
    (root / "README.md").write_text(card, encoding="utf-8")
    return str(root)


@pytest.fixture
def conll2002(tmp_path):
    """A Parquet revision: folders per configuration and split, and no README."""
    root = tmp_path / "conll2002"
    write_parquet(root / "es" / "train" / "0000.parquet", ROWS, class_labels())
    write_parquet(root / "nl" / "train" / "0000.parquet", {k: v[1:] for k, v in ROWS.items()})
    return str(root)


def pairs(sentences):
    return [(sentence.tokens, sentence.tags) for sentence in sentences]


def test_declared_configurations_with_class_labels(wikiann):
    sentences = read_hub(wikiann, "validation", config="de")
    assert pairs(sentences) == READ
    assert sentences[1].place(1) == f"{wikiann}: validation, row 1, token 1"


def test_folders_of_a_parquet_revision(conll2002):
    assert pairs(read_hub(conll2002, "train", folder="es")) == READ
    assert pairs(read_hub(conll2002, "train", folder="nl", tag_names=NAMES)) == READ[1:]


def test_string_tags_and_other_columns(tmp_path):
    rows = {"words": [["Ada", "rechnet"]], "labels": [["B-PER", "O"]], "id": [7]}
    write_parquet(tmp_path / "own" / "train.parquet", rows)
    [sentence] = read_hub(str(tmp_path / "own"), "train", token_column="words", tag_column="labels")
    assert (sentence.tokens, sentence.tags) == (["Ada", "rechnet"], ["B-PER", "O"])


def test_text_without_tags(wikiann):
    sentences = read_hub(wikiann, "train", config="de", tag_column=None)
    assert pairs(sentences) == [(tokens, None) for tokens, _ in READ]


@pytest.mark.parametrize(
    ("rows", "names", "message"),
    [
        ({"tokens": [["a"]], "ner_tags": [[1]]}, None, "row 0: .* integers without names"),
        ({"tokens": [["a"]], "ner_tags": [[9]]}, NAMES, "row 0: tag 9, but there are names for"),
        ({"tokens": [["a"]], "ner_tags": [[-1]]}, NAMES, "row 0: tag -1"),
        ({"tokens": [["a"], ["b", "c"]], "ner_tags": [[0], [0]]}, NAMES, "row 1: 2 tokens but 1"),
        ({"tokens": ["a b"], "ner_tags": [[0]]}, NAMES, "row 0: .*'tokens' is no list of strings"),
        ({"tokens": [["a"], None], "ner_tags": [[0], []]}, NAMES, "row 1: .*'tokens' is no list"),
        ({"tokens": [["a"]], "tags": [[0]]}, NAMES, "no column 'ner_tags'; there are tokens, tags"),
    ],
)
def test_faulty_rows_are_named(tmp_path, rows, names, message):
    write_parquet(tmp_path / "own" / "train.parquet", rows)
    with pytest.raises(ClnerError, match=message):
        read_hub(str(tmp_path / "own"), "train", tag_names=names)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "train", "config": "xx"}, "cannot be read as a dataset: .*'xx'"),
        ({"split": "extra", "config": "de"}, "cannot be read as a dataset: .*extra"),
        ({"split": "train", "folder": "xx"}, "cannot be read as a dataset"),
    ],
)
def test_unknown_parts_of_a_folder_are_one_line(wikiann, options, message):
    with pytest.raises(ClnerError, match=message) as caught:
        read_hub(wikiann, **options)
    assert "\n" not in str(caught.value)


def test_damaged_files_are_one_line(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "train.parquet").write_text("no parquet")
    with pytest.raises(ClnerError, match="cannot be read as a dataset") as caught:
        read_hub(str(tmp_path / "own"), "train")
    assert "\n" not in str(caught.value)


def test_an_absent_folder_is_no_hub_name(tmp_path):
    with pytest.raises(ClnerError, match="no such folder"):
        read_hub(str(tmp_path / "absent"), "train")


def test_an_unreachable_dataset_says_how_to_work_offline(monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    with pytest.raises(ClnerError, match=r"^some/dataset: .*HF_HUB_OFFLINE=1.*local folder"):
        read_hub("some/dataset", "train")


def test_the_stage_reads_a_hub_folder(wikiann, tmp_path):
    settings = CorpusSettings(format="hub", name=wikiann, config="de", ignore=["ORG"])
    outputs = {}
    for split in ("train", "dev", "unlabelled"):
        output = tmp_path / f"{split}.jsonl"
        run(settings, language="de", split=split, types=["PER", "LOC"], output=output)
        outputs[split] = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert outputs["dev"][0] == {
        "id": "de-dev-0",
        "tokens": ["Ada", "Lovelace", "rechnet"],
        "tags": ["B-PER", "I-PER", "O"],
    }
    assert outputs["unlabelled"] == [
        {"id": f"de-unlabelled-{n}", "tokens": tokens} for n, (tokens, _) in enumerate(READ)
    ]
    assert [line["id"] for line in outputs["train"]] == ["de-train-0", "de-train-1"]


def test_an_unknown_type_of_a_hub_folder_names_the_row(wikiann, tmp_path):
    settings = CorpusSettings(format="hub", name=wikiann, config="de")
    message = r"train, row 1, token 1: unknown tag 'B-LOC', as the types are PER"
    with pytest.raises(ClnerError, match=message):
        run(settings, language="de", split="train", types=["PER"], output=tmp_path / "x.jsonl")
    assert not (tmp_path / "x.jsonl").exists()
