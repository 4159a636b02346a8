"""Measure what the parts cost beside the usual way; print a table and write it.

On the CPU with all cores; where there is a GPU, on that again in bfloat16.
"""

import argparse
import platform
from collections.abc import Iterator
from pathlib import Path

import torch

from bench import contrast, decoding, head, table, training
from bench.measure import Case, measure

PARTS = {part.__name__.rpartition(".")[2]: part for part in (head, contrast, decoding, training)}


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
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    for device in devices:
        yield from PARTS[part].cases(device, quick)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=5, help="runs that a median is of")
    parser.add_argument("--quick", action="store_true", help="the smallest sizes only")
    parser.add_argument("--output", type=Path, default=Path("results/bench.tsv"))
    return parser


if __name__ == "__main__":
    main()
