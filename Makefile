# Whatever runs a program prepares the toolchain first: a no-op of a tenth of a second once it is there.
RUN := bin/toolchain
CODE := $(wildcard phoenix components toolchain lab tests benchmarks __main__.py)
COVERAGE := build/coverage.json
APART := engine or hooks or lab or portainer or server

.PHONY: toolchain help up preview down lint quick test profile coverage bench requirements

toolchain: ## Python, the engine and the tools, brought here where they are missing
	@$(RUN)

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | expand -t 14

up: ## the lab, and the whole reference cluster in it
	@bin/lab check
	@$(RUN)
	@bin/lab up
	@bin/lab exec -- bin/phoenix up --stack dev

preview: toolchain ## what `make up` would change
	@bin/lab exec -- pulumi preview --stack dev

down: ## stops the lab; its state stays
	@bin/lab down

lint: toolchain ## style, format and types
	@$(RUN) ruff check $(CODE)
	@$(RUN) ruff format --check $(CODE)
	@$(RUN) mypy --strict $(CODE)

quick: lint ## lint, and every test without engine, lab and servers: under a minute
	@$(RUN) pytest --numprocesses 2 -m "not ($(APART))" $(PYTEST)

# One worker drives the lab, which mostly waits, while the other does the rest. SlipCover and not coverage.py, which
# makes the tests take twice as long on Python 3.11; it is loaded before pytest could look at its asserts.
test: lint ## lint and every test, or those of PYTEST="paths and options"; ends with the coverage
	@mkdir -p $(dir $(COVERAGE))
	@$(RUN) slipcover --source phoenix,components --json --out $(COVERAGE) -m pytest -rs --numprocesses 2 \
		-W "ignore:Module already imported:pytest.PytestAssertRewriteWarning" $(PYTEST)
	@$(RUN) slipcover --merge $(COVERAGE) --out /dev/null | \
		sed -n 's/^(summary) *\([0-9]*\) *\([0-9]*\) *\([0-9]*\) *$$/coverage: \3 % of \1 lines; see make coverage/p'

profile: toolchain ## where a preview's time goes, on a lab that is up; ARGS="-- COMMAND" profiles another run
	@$(RUN) python -m benchmarks.profile $(ARGS)

coverage: toolchain ## the lines of phoenix and components that the last `make test` did not run
	@$(RUN) slipcover --merge $(COVERAGE) --out /dev/null --skip-covered

bench: toolchain ## compares speed on the lab, with Ansible too; writes docs/performance.md; ARGS="--only engine" for one
	@$(RUN) python -m benchmarks $(ARGS)

requirements: toolchain ## pins every package anew; ARGS=--upgrade takes the newest versions
	@$(RUN) requirements/compile $(ARGS)
