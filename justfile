# Short names for the commands in AGENTS.md. `just` is optional; .ci/run needs none of it.

# Install for development, into the active environment
setup:
    pip install -e '.[dev]'

# Run the tests
test *arguments:
    python -m pytest {{ arguments }}

# Check style, types and import direction
lint:
    ruff check .
    ruff format --check .
    pyright
    lint-imports

# Repair what can be repaired
fix:
    ruff check --fix .
    ruff format .

# Renew the tool snapshots after an intended change
snapshots:
    CHALKLENS_UPDATE_SNAPSHOTS=1 python -m pytest tests/tools

# Renew the example worksheets and the README's tool table
docs:
    python examples/draw_worksheets.py
    CHALKLENS_UPDATE_DOCS=1 python -m pytest tests/test_readme.py
