"""Verbs of the project: ``uv run nox -s tests``. Each runs in the environment that uv keeps, not in one of its own."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "tests"]


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; what follows ``--`` goes to pytest."""
    session.run("uv", "run", "pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Look for what ruff knows to be a mistake."""
    session.run("uv", "run", "ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types."""
    session.run("uv", "run", "mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Write the generated pages and build the site in docs/_build/html; a warning is an error."""
    session.run("uv", "run", "python", "docs/generate.py")
    build = ("sphinx-build", "-W", "--keep-going", "-q", "-j", "2", "docs", "docs/_build/html")
    session.run("uv", "run", "--group", "docs", *build)


@nox.session
def site(session: nox.Session) -> None:
    """Look at the site that `docs` built, in this machine's own Chromium."""
    looked = ("pytest", "-n", "0", "tests/test_site.py", "tests/report/test_accessible.py")
    session.run("uv", "run", "--group", "docs", *looked, *session.posargs, env={"CWBSIM_SITE": "docs/_build/html"})


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Time the phases, the month and the peers."""
    session.run("uv", "run", "python", "-m", "benchmarks", *session.posargs)
