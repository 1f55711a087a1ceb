"""Tests of workflows: gates whose failure is thrown away, and nothing else."""

from __future__ import annotations

from tidegate.domain.repository_facts import RepositoryRule
from tidegate.repositories.workflows import read_gitlab, read_workflow

GITHUB = """\
jobs:
  quality:
    steps:
      - uses: actions/checkout@v4
      - run: |
          pip install .
          python -m pytest \\
            -q || true
      - run: flake8 src
        continue-on-error: true
      - run: rm -f old.log || true
      - run: mypy src
        continue-on-error: ${{ matrix.experimental }}
      - run: echo "
  audit:
    continue-on-error: true
    steps:
      - run: make lint
  deploy:
    continue-on-error: true
    steps:
      - run: kubectl apply -f .
"""
JUDGED = """\
jobs:
  quality:
    steps:
      - run: bandit -r src || true
      - run: pytest
        continue-on-error: true
      - run: tidegate check reports
"""
GITLAB = """\
test:
  script:
    - pytest || true
lint:
  allow_failure: true
  script: ruff check
deploy:
  allow_failure: true
  script: [kubectl apply]
"""


class TestGitHub:
    def test_gates_that_stop_nothing_are_found_by_line(self) -> None:
        found = read_workflow("ci.yml", GITHUB).findings
        assert [(one.place.line, one.message.split(" finds")[0]) for one in found] == [
            (7, "What pytest"),
            (10, "What flake8"),
            (16, "What make lint"),
        ]
        assert {one.rule for one in found} == {RepositoryRule.GATE_NEUTRALISED}

    def test_tools_whose_reports_tidegate_judges_may_go_on(self) -> None:
        assert not read_workflow("ci.yml", JUDGED).findings

    def test_but_tidegate_itself_may_not(self) -> None:
        text = JUDGED.replace("check reports", "check reports || true")
        (found,) = read_workflow("ci.yml", text).findings
        assert (found.place.line, found.message.split(" finds")[0]) == (7, "What tidegate")

    def test_that_is_no_yaml_says_so(self) -> None:
        (found,) = read_workflow("ci.yml", "jobs: [").findings
        assert found.rule is RepositoryRule.UNREADABLE


class TestGitLab:
    def test_gates_that_stop_nothing_are_found_by_line(self) -> None:
        assert [one.place.line for one in read_gitlab(".gitlab-ci.yml", GITLAB).findings] == [3, 5]

    def test_that_is_no_yaml_says_so(self) -> None:
        (found,) = read_gitlab(".gitlab-ci.yml", "a: [").findings
        assert found.rule is RepositoryRule.UNREADABLE
