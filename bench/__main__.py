"""Measure what the parts cost beside the usual way; print a table and write it.

On the CPU with all cores; where there is a GPU, on that again in bfloat16.
"""

import argparse
import platform
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from bench import (
    adaptation,
    alignment,
    contrast,
    decoding,
    head,
    plan,
    predict,
    table,
    training,
    translation,
)
from bench.measure import Case, measure

PARTS = {
    part.__name__.rpartition(".")[2]: part
    for part in (
        head,
        contrast,
        decoding,
        training,
        adaptation,
        alignment,
        translation,
        predict,
        plan,
    )
}


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    print(f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads")
    print(f"torch {torch.__version__}; medians of {options.rounds} runs")
    print(table.header())
    rows = []
    for name in options.parts:
        PARTS[name].check()
        for case in _cases(name, options.quick):
            for row in measure(case, options.rounds):
                print(table.line(row), flush=True)
                rows.append(row)
            table.write(rows, options.output)


def _cases(part: str, quick: bool) -> Iterator[Case]:
    yield from PARTS[part].cases("cpu", quick)
    if torch.cuda.is_available():
        for case in PARTS[part].cases("cuda", quick):
            yield replace(case, size=f"{case.size} cuda bf16", device="cuda")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=_rounds, default=5, help="runs that a median is of")
    parser.add_argument("--quick", action="store_true", help="the smallest sizes only")
    parser.add_argument("--output", type=Path, default=Path("results/bench.tsv"))
    return parser


def _rounds(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs; give 1 or more")
    return int(text)


if __name__ == "__main__":
    main()
