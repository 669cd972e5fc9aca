# `make` lists the targets. Each installs what it needs and can be repeated.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
RAG := $(BIN)/rag

.DEFAULT_GOAL := help
.PHONY: help chat test browser model torture check gate peers clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

chat: .venv/chat.stamp ## fetch the model, read the sample articles, serve the page at http://127.0.0.1:7860
	@$(RAG) models pull || echo "No local model yet: the page answers with the best sentences, word for word." >&2
	@$(RAG) ingest --if-empty seeds
	@$(RAG) chat

test: .venv/test.stamp ## run the tests
	$(BIN)/python -m pytest

browser: .venv/test.stamp ## run the tests that drive the page in Debian's chromium
	$(BIN)/python -m pytest -m browser

model: .venv/test.stamp ## run the tests that need the weights of a local model
	$(BIN)/python -m pytest -m model

torture: .venv/test.stamp ## kill, damage and fill libraries for some minutes: nothing may be lost
	$(BIN)/python -m pytest -m torture -s

check: .venv/test.stamp ## check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

gate: .venv/test.stamp ## run the evals on the gold questions and compare with the committed baseline
	$(RAG) eval run --profile hermetic

peers: .venv-peers/peers.stamp ## install the libraries that `rag bench speed --peers` runs beside ours

clean: ## remove the virtual environments
	rm -rf .venv .venv-peers

# torch by its exact version and first: any other spelling takes the registry's build with gigabytes of CUDA.
.venv/chat.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; type: make $(MAKECMDGOALS) PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all]'
	@touch $@

.venv/test.stamp: .venv/chat.stamp
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all,dev]'
	@touch $@

# Their requirements clash with ours, so they live apart.
.venv-peers/peers.stamp: eval/bench/peers.txt
	test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet torch==2.13.0
	.venv-peers/bin/python -m pip install --quiet --requirement $<
	@touch $@
