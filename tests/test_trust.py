"""What is never done: run code out of data, report to anyone, use a network when told not to."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clner.errors import ClnerError
from clner.files.artifacts import finished_folder, write_text
from clner.files.fingerprint import ROOT
from clner.translation.engines.models import model_engine

SOURCES = sorted((ROOT / "clner").rglob("*.py"))
STAGES = [p.stem for p in SOURCES if "\n    sys.exit(main(run))\n" in p.read_text("utf-8")]
HEAVY = {"torch", "transformers", "datasets", "easynmt", "ctranslate2", "pandas", "matplotlib"}


def calls() -> list[tuple[Path, str, dict[str, object]]]:
    """Every call in the package: its file, what is called, and its constant keywords."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                constants = (k for k in node.keywords if isinstance(k.value, ast.Constant))
                keywords = {k.arg: k.value.value for k in constants}
                found.append((path, ast.unparse(node.func), keywords))
    return found


def test_no_data_are_read_in_a_form_that_may_hold_code():
    unsafe = {"eval", "exec", "compile", "yaml.load", "yaml.full_load", "yaml.unsafe_load"}
    for path, name, keywords in calls():
        assert name not in unsafe, path
        assert not name.startswith(("pickle.", "marshal.", "shelve.", "joblib.", "dill.")), path
        assert name != "torch.load" or keywords.get("weights_only") is True, path
        assert not keywords.get("trust_remote_code"), path
        assert not keywords.get("shell"), path
        assert not name.startswith(("os.system", "os.popen", "tarfile.", "zipfile.")), path


def test_weights_are_read_from_safetensors_only():
    models = [call for call in calls() if "Model" in call[1] and "from_pretrained" in call[1]]
    assert len(models) >= 5
    for path, name, keywords in models:
        assert keywords.get("use_safetensors") is True, (path, name)


def in_python(code: str, **environment: str) -> str:
    """What the code prints in a fresh process."""
    kept = {name: value for name, value in os.environ.items() if "TELEMETRY" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_stage_imports_a_heavy_library_to_explain_itself():
    code = f"""
import contextlib, importlib, io, sys
from clner.stage import main
for stage in {STAGES}:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main(importlib.import_module(f"clner.{{stage}}").run, ["--help"])
print(*sys.modules)
"""
    loaded = set(in_python(code).split())
    assert {f"clner.{stage}" for stage in STAGES} <= loaded
    assert not HEAVY & loaded


@pytest.mark.slow
def test_nothing_is_reported_to_anyone():
    code = "import clner, transformers.utils.hub as hub; print(hub.http_user_agent())"
    assert "telemetry/off" in in_python(code)


ASKED_FOR_A_NETWORK = """
from pathlib import Path
from clner.corpora.hub import read_hub
from clner.encoder import EncoderSettings, run
from clner.errors import ClnerError
from clner.translation.engines.models import checkpoint_folder, model_engine

def encode():
    run(EncoderSettings(kind="pretrained"), output=Path("out"), checkpoints=Path("checkpoints"))

for ask in (
    encode,
    lambda: read_hub("unimelb-nlp/wikiann", "train", config="es"),
    lambda: checkpoint_folder("opus-mt", "en", "es"),
    lambda: model_engine("opus-mt", "en", "es", 1, {}).translate(["one"]),
):
    try:
        ask()
    except ClnerError as error:
        print(error)
"""


@pytest.mark.slow
def test_offline_a_model_that_is_not_here_is_one_line_and_no_network_call(tmp_path):
    refused = tmp_path / "refused"
    printed = in_python(
        ASKED_FOR_A_NETWORK,
        PYTHONPATH=os.pathsep.join([str(Path(__file__).parent / "refuse_network"), str(ROOT)]),
        REFUSED=str(refused),
        HF_HUB_OFFLINE="1",
        HF_HOME=str(tmp_path / "hub"),
        EASYNMT_CACHE=str(tmp_path / "easynmt"),
    )
    assert len(printed.splitlines()) == 4, printed
    assert not refused.exists(), refused.read_text()


def test_a_saved_model_names_no_class_but_easynmts(tmp_path):
    config = {"model_class": "subprocess.Popen", "model_args": {}}
    (tmp_path / "easynmt.json").write_text(json.dumps(config))
    with pytest.raises(ClnerError, match=r"\.Popen' is not EasyNMT's own"):
        model_engine(str(tmp_path), "en", "es", 1, {})


def test_an_artifact_replaces_a_link_and_leaves_alone_what_it_leads_to(tmp_path):
    outside, results = tmp_path / "outside", tmp_path / "results"
    outside.mkdir()
    results.mkdir()
    write_text(outside / "file", "mine")
    (results / "file").symlink_to(outside / "file")
    (results / "folder").symlink_to(outside)
    write_text(results / "file", "new")
    with finished_folder(results / "folder") as partial:
        (partial / "inner").touch()
    assert (outside / "file").read_text() == "mine"
    assert [path.name for path in outside.iterdir()] == ["file"]
    assert (results / "folder" / "inner").is_file()
    assert not (results / "file").is_symlink()
