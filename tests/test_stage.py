"""The command line of a stage, and how settings that are wrong are told."""

from importlib import import_module
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from clner.errors import ClnerError
from clner.files.fingerprint import ROOT
from clner.stage import Settings, main, read_settings


class Inner(Settings):
    weight: float = Field(0.5, ge=0, description="weight of the inner")


class Outer(Settings):
    """Settings of a stage made for this test."""

    rate: float = Field(1.0, gt=0, description="rate of learning")
    kind: Literal["soft", "hard"] = Field("soft", description="kind of labels")
    names: list[str] = Field(["a"], description="names of things")
    flag: bool = Field(False, description="a flag, 100 % or nothing")
    inner: Inner = Field(Inner(), description="the inner settings")


def run(settings: Outer, *, text: Path, extra: list[Path] | None = None, seed: int = 7) -> None:
    if settings.kind == "hard":
        raise ClnerError(f"{text}: too hard")
    text.write_text(f"{settings.model_dump()} {extra} {seed}")


def test_every_leaf_is_an_option_and_what_is_given_counts(tmp_path):
    out = tmp_path / "out"
    arguments = ["--text", str(out), "--extra", "x", "y", "--settings", '{"flag": true}']
    status = main(run, [*arguments, "--rate", "2e-5", "--inner.weight", "3", "--names", "[b, c]"])
    assert status == 0
    written = out.read_text()
    assert "'rate': 2e-05" in written
    assert "'names': ['b', 'c'], 'flag': True, 'inner': {'weight': 3.0}" in written
    assert written.endswith("[PosixPath('x'), PosixPath('y')] 7")


def test_help_explains_each_setting_with_its_default(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(run, ["--help"])
    assert stopped.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "weight of the inner (default: 0.5)" in text
    assert 'kind of labels (default: "soft")' in text
    assert "a flag, 100 % or nothing (default: false)" in text


STAGES = sorted(
    f"clner.{path.stem}"
    for path in (ROOT / "clner").glob("*.py")
    if "\n    sys.exit(main(run))\n" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_a_command_line(stage, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(import_module(stage).run, ["--help"])
    assert stopped.value.code == 0
    assert f"python -m {stage}" in capsys.readouterr().out


def test_an_error_is_one_line_and_status_one(tmp_path, capsys):
    assert main(run, ["--text", str(tmp_path / "t"), "--kind", "hard"]) == 1
    assert capsys.readouterr().err == f"error: {tmp_path / 't'}: too hard\n"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rat": 1.0}, "config: unknown setting rat; did you mean 'rate'?"),
        ({"inner": {"x": 1.0}}, "config: unknown setting inner.x; known here: weight"),
        ({"rate": "2e-5"}, "(YAML reads 2e-5 as text: write 2.0e-05, unquoted, in a file)"),
        ({"rate": "0.5"}, "(--config passes only text: write 0.5, unquoted, in a file)"),
        ({"names": ["a", False]}, "(YAML reads no, yes, on and off as booleans: quote them)"),
        ({"rate": 0.0}, "config: rate = 0.0: Input should be greater than 0"),
        ({"kind": "mild"}, "config: kind = 'mild': Input should be 'soft' or 'hard'"),
        ({"inner": {"weight": -1.0}}, "config: inner.weight = -1.0: Input should be greater"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_and_what_is_allowed(values, message):
    with pytest.raises(ClnerError) as error:
        read_settings(Outer, values, "config")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_every_fault_has_a_line():
    with pytest.raises(ClnerError) as error:
        read_settings(Outer, {"rate": -1.0, "kind": "x"}, "config")
    assert len(str(error.value).splitlines()) == 2
