# make run: the demo. make test: every check. Both install what they need into .venv first.

PYTHON ?= python3
CORES ?= all
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: install run test quick fuzz kills lint bench gold slurm schema docs clean

install: .venv/installed

# Of torch and transformers most modules are never imported: those that are compile then.
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "clner needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

run: install
	snakemake --cores $(CORES)

# A process a core; tests of one file stay together, as they share what they made, and the demo, which
# takes as long as all others of a process, comes first.
test: install lint
	pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

quick: install
	pytest -m "not slow"

# The demo, killed 20 times at random moments, beside one left alone (takes two runs and more).
KILLS ?= 20
kills: install
	python -m tests.kill_demo --kills $(KILLS)

# Ten times the drawn cases of `make test`.
fuzz: install
	pytest -m hypothesis --hypothesis-profile fuzz --numprocesses auto --dist loadfile

lint: install
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	snakemake --lint

bench: install
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements-bench.lock
	python -m bench $(BENCH)

# DATA: real corpora with gold, see docs/translation.md.
DATA ?= ../shared/data
gold: install
	python -m bench.label_projection $(DATA) --news
	python -m bench.alignment_error $(DATA)

# As root on Debian: a Slurm of one node, the demo through workflow/profiles/slurm.
slurm: install
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[slurm]'
	python -m tests.slurm.trial

schema: install
	python -m clner.config > workflow/schemas/config.schema.json

# What the documentation takes from the code: every setting, and the picture of the rules.
docs: install
	python -m clner.config --markdown > docs/settings.md
	{ sed '/^```mermaid$$/q' docs/rules.md; \
		PYTHONHASHSEED=0 snakemake --quiet all --rulegraph mermaid-js \
			--configfile workflow/experiments/methods.yaml; \
		echo '```'; } > docs/rules.new
	mv docs/rules.new docs/rules.md

clean:
	rm -rf results/[!R]* .snakemake
