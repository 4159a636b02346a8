#!/usr/bin/env bash
# Snakemake runs this in the new environment, from the folder of the project.
set -eu
python -m pip install --no-deps --editable .
