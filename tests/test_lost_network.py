"""A network that fails in the middle of a file: one line that says so, and the next run goes on."""

import os
import subprocess
import sys
from pathlib import Path

import datasets
import pytest

from clner.files.artifacts import write_text
from clner.stage import Settings, main
from clner.translation.engines.models import checkpoint_folder
from tests.hub_server import Hub, hub
from tests.test_kill_stages import tagger

pytestmark = pytest.mark.slow

FAULTS = {
    "cut": "IncompleteRead",
    "reset": "ConnectionResetError",
    "stall": "Read timed out",
    "503": "503 Server Error",
}


def stage(server: Hub, home: Path, module: str, *options: object) -> tuple[int, str]:
    """The stage's exit status and what it says, with a cache at `home`."""
    environment = os.environ | {
        "HF_ENDPOINT": server.address,
        "HF_HOME": str(home),
        "HF_HUB_DOWNLOAD_TIMEOUT": "1",
        "NO_PROXY": "127.0.0.1",
    }
    environment.pop("HF_HUB_OFFLINE", None)
    command = [sys.executable, "-m", module, *map(str, options)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    return done.returncode, done.stderr


def fails_and_goes_on(server: Hub, home: Path, faults: list[str], output: Path, *command) -> None:
    """Each fault ends in one line and leaves nothing; without one the same command works."""
    for fault in faults:
        server.fault = fault
        status, said = stage(server, home, *command)
        assert status == 1, said
        assert "Traceback" not in said
        [line] = [line for line in said.splitlines() if line.startswith("error: ")]
        assert f"cannot be had from {server.address} (" in line
        assert FAULTS[fault] in line
        assert "; if the network failed, run again; " in line
        assert not list(output.parent.rglob("*"))
    server.fault = None
    status, said = stage(server, home, *command)
    assert status == 0, said
    assert output.exists()


@pytest.mark.parametrize("fault", FAULTS)
def test_of_a_dataset(tmp_path, fault):
    count = 500
    features = datasets.Features(
        tokens=datasets.List(datasets.Value("string")),
        ner_tags=datasets.List(datasets.ClassLabel(names=["O", "B-PER", "I-PER"])),
    )
    rows = {"tokens": [["Ada", f"lebt{n}"] for n in range(count)], "ner_tags": [[1, 0]] * count}
    file = tmp_path / "hub" / "data" / "train-00000-of-00001.parquet"
    file.parent.mkdir(parents=True)
    datasets.Dataset.from_dict(rows, features=features).to_parquet(file)
    output = tmp_path / "made" / "train.jsonl"
    given = ("--language", "de", "--split", "train", "--types", "PER", "--output", output)
    settings = ("--format", "hub", "--name", "some/corpus")
    with hub(tmp_path / "hub", ".parquet") as server:
        command = ("clner.corpus", *given, *settings)
        fails_and_goes_on(server, tmp_path / "home", [fault], output, *command)
    assert len(output.read_text("utf-8").splitlines()) == count


def test_of_an_encoder(tmp_path):
    tagger(tmp_path / "hub")
    output = tmp_path / "made" / "encoder"
    given = ("--output", output, "--checkpoints", tmp_path / "none")
    settings = ("--kind", "pretrained", "--name", "some/model")
    with hub(tmp_path / "hub", "model.safetensors") as server:
        command = ("clner.encoder", *given, *settings)
        fails_and_goes_on(server, tmp_path / "home", ["cut", "503"], output, *command)
    assert (output / "model.safetensors").is_file()


def test_of_a_translation_model(tmp_path):
    """What is fetched for an engine to use; that one runs it is for other tests."""
    tagger(tmp_path / "hub")
    output = tmp_path / "made" / "fetched"
    with hub(tmp_path / "hub", "model.safetensors") as server:
        command = ("tests.test_lost_network", "--output", output)
        fails_and_goes_on(server, tmp_path / "home", ["cut", "reset"], output, *command)
    fetched = Path(output.read_text())
    for file in (tmp_path / "hub").iterdir():
        assert (fetched / file.name).read_bytes() == file.read_bytes()


def fetch(settings: Settings, *, output: Path) -> None:
    """A stage that fetches a translation model and writes where it is."""
    write_text(output, str(checkpoint_folder("some/model", "en", "de")))


if __name__ == "__main__":
    sys.exit(main(fetch))
