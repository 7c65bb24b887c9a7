# Two commands: `make demo` runs the main job on real AI tools, `make test` runs every check.
# Both set up all they need in .venv (Python 3.11 or later), with versions and hashes from constraints.txt.

# The first Python that runs and is new enough; another one: make PYTHON=/path/to/python
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin

# Compiled modules are kept, whatever the environment says: hundreds of tests start a command of their own.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check constraints wheel clean

demo: .venv/ready
	@rm -rf audit-demo
	@$(BIN)/audit demo --out audit-demo; code=$$?; \
	if [ $$code -eq 1 ] || [ $$code -eq 3 ]; then \
	  echo "(Exit code $$code is the demonstration's finding, not a fault: 1 a gap or an unmet requirement, 3 open questions.)"; \
	else exit $$code; fi

test: .venv/ready
	@sh tests/tools.sh
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto

wheel: .venv/ready
	$(BIN)/python -m build --wheel --no-isolation

.venv/ready: constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "audit needs Python 3.11 or later, and none was found" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch .venv/ready

constraints: # after a change of dependencies: needs uv
	uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet --output-file constraints.txt

clean:
	rm -rf .venv audit-demo dist build
