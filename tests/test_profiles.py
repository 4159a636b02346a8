"""The profiles: what a machine decides stands there, for rules that exist, and in no rule."""

import re
from pathlib import Path

import pytest
import yaml

WORKFLOW = Path(__file__).parents[1] / "workflow"
RULES = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOW.glob("rules/*.smk"))
PROFILES = sorted(WORKFLOW.glob("profiles/*/profile.yaml"))


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.parent.name)
def test_every_rule_that_a_profile_names_exists(path):
    named = yaml.safe_load(path.read_text(encoding="utf-8"))["set-resources"]
    rules = re.findall(r"^(?:rule|use rule \w+ as) (\w+)(?: with)?:", RULES, re.MULTILINE)
    assert set(named) <= set(rules)


def test_no_rule_names_memory_or_run_time():
    assert not re.findall(r"^ +(?:mem|mem_mb|runtime|slurm_\w+|gpu_model)=", RULES, re.MULTILINE)
