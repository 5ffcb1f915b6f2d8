# Every target prepares the toolchain first: a no-op of a tenth of a second once it is there.
RUN := bin/toolchain
CODE := $(wildcard phoenix components toolchain lab tests __main__.py)

.PHONY: toolchain up preview down test lint requirements

toolchain:
	@$(RUN)

up:
	@bin/lab check
	@$(RUN)
	@bin/lab up
	@bin/lab exec -- bin/phoenix-up

preview: toolchain
	@bin/lab exec -- pulumi preview --stack dev

down:
	@bin/lab down

lint: toolchain
	@$(RUN) ruff check $(CODE)
	@$(RUN) ruff format --check $(CODE)
	@$(RUN) mypy --strict $(CODE)

# One worker drives the lab, which mostly waits, while the other does the rest.
test: lint
	@$(RUN) pytest -rs --numprocesses 2 $(PYTEST)

# Pins anew; ARGS=--upgrade takes the newest versions.
requirements: toolchain
	@$(RUN) requirements/compile $(ARGS)
