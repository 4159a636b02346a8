"""No setting and no wildcard reaches a shell as anything but a word of its own."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pytest
import yaml

from clner.config.experiment import load
from clner.config.overrides import merge
from clner.config.sections import Config
from clner.errors import ClnerError
from clner.stage import read_settings

ROOT = Path(__file__).parents[1]
PARTS = ["Snakefile", "config.yaml", "workflow", "profiles", "envs"]
ATTACK = "$(touch canary)`touch canary`'; touch canary #\"\n.. & touch canary > canary \\"
PAIRS = f"{ATTACK} {{target}}"
FILE = {"format": "conll", **dict.fromkeys(["train", "dev", "test", "unlabelled"], ATTACK)}
CONFIG = merge(
    yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")),
    {
        "pathvars": {"results": f"{ATTACK} results", "logs": "<results>/my logs"},
        "run": {"targets": ["es", "de"], "variants": ["zero-shot", "mclner", "concner"]},
        "corpora": {"de": {"format": "hub", "name": "name/of-a-set"}, "en": FILE},
        "lexicons": {name: {"path": ATTACK} for name in ("en-es", "es-en", "de-en")},
        "translate": {"pairs": {"en-es": [f"memory:{ATTACK}", "lexicon"]}},
        "project": {"aligner": "eflomal", "eflomal": {"parallel": PAIRS}},
        "align": {"parallel": PAIRS},
        "variants": {"concner": {"pool": {"translated": 0.5}}},
    },
)
CONFIG["variants"] = {name: CONFIG["variants"][name] for name in CONFIG["run"]["variants"]}


def leaves(values: dict, above: tuple = ()) -> Iterator[tuple]:
    """The path of every value, and of every map, which may get a key more."""
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from leaves(value, (*above, key))


def attacks(path: tuple) -> list[dict]:
    """The value at a path replaced, alone, in a list, and as a key."""
    values = (ATTACK, [ATTACK], {ATTACK: ATTACK}, {"en": ATTACK})
    return [reduce(lambda inner, key: {key: inner}, reversed(path), value) for value in values]


def accepted() -> dict:
    """All attacks that validation lets pass, laid over the configuration one by one."""
    values, count = CONFIG, 0
    sections = load(CONFIG).base.model_dump(mode="json", exclude={"pathvars"})
    for path in leaves(sections):
        for overlay in attacks(path):
            attacked = merge(values, overlay)
            try:
                read_settings(Config, attacked, "config")
                load(attacked)
            except ClnerError:
                continue
            values, count = attacked, count + 1
    assert count > 30
    return values


def copy_of_the_workflow(folder: Path) -> Path:
    for part in PARTS:
        copied = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copied(ROOT / part, folder / part)
    for name in (ATTACK, f"{ATTACK} es", f"{ATTACK} de"):
        (folder / name).write_text("Ana\tB-PER\n", encoding="utf-8")
    return folder


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run it; nothing but what the rules say may be executed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        ["snakemake", *arguments],
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert not list(folder.rglob("canary*"))
    return result


@pytest.mark.slow
def test_every_setting_stays_inside_the_words_of_the_commands(tmp_path):
    folder = copy_of_the_workflow(tmp_path)
    values = accepted()
    (folder / "config.yaml").write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    plan = snakemake(folder, "--dry-run", "--printshellcmds")
    assert plan.returncode == 0, plan.stderr[-3000:]
    command = r"python -m (?:clner\.launch --gpus \d+ )?clner\.(\w+)(.*?)(?=python -m|\Z)"
    printed = re.findall(command, plan.stdout, re.DOTALL)
    assert len({stage for stage, _ in printed}) == 20
    whole = [ATTACK, json.dumps(ATTACK), json.dumps(PAIRS)]
    for stage, text in printed:
        for word in words(text):
            assert "canary" not in word or any(own in word for own in whole), stage


def words(command: str) -> list[str]:
    """The words of a command as a shell cuts them, up to the name of its log."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.commenters, lexer.whitespace_split = "", True
    found: list[str] = []
    for word in lexer:
        found.append(word)
        if found[-6:-1] == ["2", ">&", "1", "|", "tee"]:
            return [*found[:-6], found[-1]]
    raise AssertionError(command)


STUDY = """
studies:
  ratio: {variants: [concner], axes: {ratio: {settings: [codeswitch.ratio], values: [0.1]}}}
"""
WILDCARDS = """
include: "Snakefile"

good = {"language": "en", "source": "en", "target": "es", "split": "dev", "pair": "en-es",
        "scope": "en-es", "branch": "shared", "variant": "mclner", "seed": "1", "round": "1",
        "model": "teacher", "text": "evaluation", "study": "ratio", "results": "results"}
for rule in workflow.rules:
    for output in rule.output:
        names = sorted(output.get_wildcard_names())
        made = output.apply_wildcards(good)
        print("MADE" if rule.is_producer(made) else "NOT MADE", rule.name, made)
        for name in names:
            for bad in ATTACKS:
                made = output.apply_wildcards(good | {name: bad})
                print("REACHED" if rule.is_producer(made) else "REFUSED", rule.name, name)
"""


@pytest.mark.slow
def test_no_wildcard_takes_what_the_configuration_does_not_name(tmp_path):
    folder = copy_of_the_workflow(tmp_path)
    attacks = [ATTACK, "..", "../..", "en ", "1\n", "$(touch canary)", "a b", "'", ""]
    with (folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write(STUDY)
    (folder / "wildcards.smk").write_text(f"ATTACKS = {attacks!r}\n{WILDCARDS}")
    result = snakemake(folder, "-s", "wildcards.smk", "--list-rules")
    assert result.returncode == 0, result.stderr
    assert "REACHED" not in result.stdout and "NOT MADE" not in result.stdout
    assert result.stdout.count("REFUSED") > 300
