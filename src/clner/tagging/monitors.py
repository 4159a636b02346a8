"""Monitors: signs of a training that fails, and the settings to change.

Collapse of the sentence vectors, an exploding term, a plateau of the dev F1, memory running out.
All thresholds are [ours].
"""

from __future__ import annotations

import math
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from clner.objectives.objective import Contrast
from clner.objectives.terms import TERMS
from clner.tagging.rounds import RISE

START = 3
"""Logs at the start that later ones are compared with."""
WARM_UP = 10
"""Logs that are not judged: vectors of sound taggers may look alike in the first steps."""
LASTING = 5
"""Logs in a row that show a sign before it counts."""
NEAR = 0.98
"""Mean cosine of unrelated sentences above which they look alike."""
FLAT = 0.1
"""Effective rank below which the vectors lie in few dimensions, if it fell to LEFT too."""
LEFT = 0.15
"""Share of the effective rank at the start; sound taggers keep more, with fewer dimensions too."""
EXPLODED = 2.0
"""Ratio of a term to its start above which it explodes, if it grew by more than 1 too."""
EVALUATIONS = 3
"""Evaluations without a rise that make a plateau, if they are a third of all at least."""
FULL = 0.9
"""Share of the memory above which the next long sentence may be too much."""


def geometry(sentences: Tensor, meaning: Tensor) -> dict[str, float]:
    """How far the sentence vectors of a batch are from collapse.

    `sentences` (R, H) float, without gradient; `meaning` (R,) int64, equal for rows that say the
    same. `cosine_unrelated` is the mean cosine of rows of different meaning, -1 to 1;
    `effective_rank` the exponential of the entropy of the singular values of the normalised
    vectors, one a meaning (Roy and Vetterli 2007), over the most that is possible: 0 to 1. Both
    are absent where there are not two meanings, or a vector is not finite.
    """
    unit = functional.normalize(sentences.float(), dim=1)
    unrelated = meaning[:, None] != meaning
    if not unrelated.any() or not unit.isfinite().all():
        return {}
    values = torch.linalg.svdvals(unit[_first_rows(meaning)])
    entropy = torch.special.entr(values / values.sum()).sum()
    return {
        "cosine_unrelated": (unit @ unit.T)[unrelated].mean().item(),
        "effective_rank": entropy.exp().item() / len(values),
    }


def _first_rows(meaning: Tensor) -> Tensor:
    """(K,) int64: the first row of each meaning."""
    kinds, inverse = meaning.unique(return_inverse=True)
    rows = torch.arange(len(meaning), device=meaning.device)
    return rows.new_full((len(kinds),), len(rows)).scatter_reduce_(0, inverse, rows, "amin")


def memory() -> float:
    """The peak of this process's memory as a share of what there is, on the GPU if it has one."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / torch.cuda.mem_get_info()[1]
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return peak / min([machine, *_group_limits()])


def _group_limits() -> Iterator[int]:
    """Limits in bytes of the control groups (version 2) that the process is in."""
    root = Path("/sys/fs/cgroup")
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    for group in (root / own, *(root / own).parents):
        limit = group / "memory.max"
        if limit.is_file() and (value := limit.read_text().strip()).isdigit():
            yield int(value)


def warnings(history: list[dict]) -> list[str]:
    """The signs of failure in a log so far, one line each: what was seen, and what to change.

    `history` holds the Trainer's records in order: those of the training with `loss`,
    `loss_<term>`, `cosine_unrelated`, `effective_rank` and `memory`, and those with `eval_f1`. What
    they lack is not judged. A message stays the same, to the letter, as the log grows.
    """
    logs = [record for record in history if "loss" in record]
    terms = sorted({key for record in logs for key in record if key.startswith("loss_")})
    found = [
        *_collapse(logs, terms),
        *(message for term in terms for message in _explosion(logs, term)),
        *_plateau(history, logs),
        *_shortage(logs),
    ]
    return found


def _collapse(logs: list[dict], terms: list[str]) -> Iterator[str]:
    advice = _sentence_advice(terms)
    cosine = _crossing(logs, "cosine_unrelated", lambda v, start: v > max(NEAR, (1 + start) / 2))
    if cosine is not None:
        start, value, where = cosine
        yield (
            f"collapse: the mean cosine of unrelated sentences rose from {start:.2f} to "
            f"{value:.2f} ({where}); {advice}"
        )
    rank = _crossing(logs, "effective_rank", lambda v, start: v < min(FLAT, LEFT * start))
    if rank is not None:
        start, value, where = rank
        yield (
            f"collapse: the effective rank of the sentence vectors fell from {start:.2f} to "
            f"{value:.2f} of the most possible ({where}); {advice}"
        )


def _sentence_advice(terms: list[str]) -> str:
    names = [
        name for name in ("semantic_contrast", "translation_contrast") if f"loss_{name}" in terms
    ]
    if not names:
        return "lower learning_rate"
    weights = " and ".join(f"objectives.{name}.weight" for name in names)
    return f"lower {weights}, or raise the temperature beside it"


def _explosion(logs: list[dict], term: str) -> Iterator[str]:
    name = term.removeprefix("loss_")
    advice = "lower learning_rate"
    if issubclass(TERMS.get(name, object), Contrast):
        advice = f"lower objectives.{name}.weight, raise objectives.{name}.temperature, or {advice}"
    lost = next((log for log in logs if not math.isfinite(log.get(term, 0.0))), None)
    if lost is not None:
        yield f"{term} is {lost[term]} ({_where(lost)}); {advice}"
        return
    risen = _crossing(logs, term, lambda v, start: v > max(EXPLODED * start, start + 1))
    if risen is not None:
        start, value, where = risen
        yield f"{term} explodes: {start:.2f} at the start, {value:.2f} later ({where}); {advice}"


def _crossing(logs: list[dict], key: str, crossed) -> tuple[float, float, str] | None:
    """Start, value and place where `crossed(value, start)` first held LASTING times in a row.

    After the warm-up, that is.
    """
    known = [log for log in logs if key in log]
    first = [log[key] for log in known[:START]]
    start = sum(first) / len(first) if first else 0.0
    lasting = 0
    for log in known[WARM_UP:]:
        lasting = lasting + 1 if crossed(log[key], start) else 0
        if lasting == LASTING:
            return start, log[key], _where(log)
    return None


def _plateau(history: list[dict], logs: list[dict]) -> Iterator[str]:
    evaluations = [record for record in history if "eval_f1" in record]
    best = 0
    for number, record in enumerate(evaluations):
        if record["eval_f1"] > evaluations[best]["eval_f1"] + RISE:
            best = number
    since = len(evaluations) - 1 - best
    if since < max(EVALUATIONS - 1, len(evaluations) / 3):
        return
    if evaluations[best]["eval_f1"] == 0:
        yield (
            f"plateau: the dev F1 is 0 in the first {EVALUATIONS} evaluations; raise epochs or "
            "learning_rate, or lower the weights of objectives other than cross_entropy"
        )
    elif since >= EVALUATIONS and _falls(logs, evaluations[best]):
        yield (
            f"plateau: the dev F1 has not risen above {evaluations[best]['eval_f1']:.3f} "
            f"({_where(evaluations[best])}) though the loss falls; lower epochs, or raise "
            "weight_decay or hidden_tokens; of a student, raise filter.entity_confidence"
        )


def _falls(logs: list[dict], since: dict) -> bool:
    """Whether the loss fell by a tenth from the last logs before an evaluation to the last ones."""
    before = [log["loss"] for log in logs if log.get("step", 0) <= since.get("step", 0)][-START:]
    now = [log["loss"] for log in logs][-START:]
    return bool(before) and sum(now) / len(now) < 0.9 * sum(before) / len(before)


def _shortage(logs: list[dict]) -> Iterator[str]:
    log = next((log for log in logs if log.get("memory", 0.0) > FULL), None)
    if log is not None:
        yield (
            f"memory: {log['memory']:.0%} of what there is was in use ({_where(log)}); lower "
            "batch_size and raise accumulation by as much, lower max_length, or set "
            "gradient_checkpointing"
        )


def _where(record: dict) -> str:
    return f"step {record['step']}" if "step" in record else "step unknown"
