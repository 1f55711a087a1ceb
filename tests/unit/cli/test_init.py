"""Tests of `tidegate init`: a first gate that fits the project, and what to do next."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.provenance import BUILDER, COMMIT, ED25519, envelope, pem, provenance, statement
from tests.unit.cli.workspace import Workspace
from tidegate.cli.tools import KNOWN_TOOLS, fitting
from tidegate.domain.measures import Kind

JUNIT = (
    '<testsuite name="s" tests="2" failures="{failed}"><testcase classname="t" name="a"/>{case}</testsuite>'
)
PASSED, FAILED = (
    '<testcase classname="t" name="b"/>',
    '<testcase classname="t" name="b"><failure/></testcase>',
)
CORPUS = Path(__file__).parents[2] / "corpus"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def project(tmp_path: Path) -> Workspace:
    """Return an empty project's folder."""
    folder = tmp_path / "My Harbour"
    folder.mkdir()
    return Workspace(folder)


class TestInit:
    def test_writes_a_gate_that_check_finds_and_that_passes_today(self, project: Workspace) -> None:
        project.write("reports/junit.xml", JUNIT.format(failed=0, case=PASSED))
        project.write("reports/flake8.txt", "a.py:1:1: F401 'os' imported but unused\n")
        result = project.run("init")
        assert result.exit_code == 0, result.output
        assert "Wrote tidegate.yml with 2 rules." in result.stdout
        assert "tests: reports/junit.xml" in result.stdout
        assert "Then: tidegate check reports" in result.stdout
        assert project.run("gate", "lint", "tidegate.yml").stdout == "tidegate.yml: nothing to fix\n"
        assert project.run("check", "reports").exit_code == 0

    def test_a_failing_test_is_not_made_the_rule(self, project: Workspace) -> None:
        project.write("reports/junit.xml", JUNIT.format(failed=1, case=FAILED))
        project.run("init")
        assert project.run("check", "reports").exit_code == 1

    def test_today_s_findings_are_the_most_that_there_may_be(self, project: Workspace) -> None:
        project.write("flake8.txt", "a.py:1:1: F401 'os' imported but unused\n")
        project.run("init")
        text = (project.folder / "tidegate.yml").read_text()
        assert "that: findings.total <= 1" in text
        assert "no more than 1 problem\n" in text
        project.write("flake8.txt", "a.py:1:1: F401 'os' imported\na.py:2:1: F401 'sys' imported\n")
        assert project.run("check", "flake8.txt").exit_code == 1

    def test_counts_what_a_tool_tells_in_several_formats_once(self, project: Workspace) -> None:
        for name in ("eslint-json/failing.json", "checkstyle/eslint-failing.xml"):
            project.write(f"reports/{Path(name).name}", (CORPUS / name).read_bytes())
        project.write("reports/junit.xml", JUNIT.format(failed=0, case=PASSED))
        result = project.run("init")
        assert "that: findings.total <= 1" in (project.folder / "tidegate.yml").read_text()
        assert (
            "  reports/eslint-failing.xml: reports/failing.json tells of the same 1 finding(s) of eslint"
            in result.stdout
        )
        then = "tidegate check reports/failing.json reports/junit.xml"
        assert f"Then: {then}\n" in result.stdout
        assert project.run(*then.split()[1:]).exit_code == 0

    def test_counts_what_differs_as_runs_of_their_own(self, project: Workspace) -> None:
        twice = json.loads((CORPUS / "eslint-json/failing.json").read_bytes()) * 2
        project.write("reports/twice.json", json.dumps(twice))
        project.write("reports/eslint.xml", (CORPUS / "checkstyle/eslint-failing.xml").read_bytes())
        result = project.run("init")
        assert "that: findings.total <= 3" in (project.folder / "tidegate.yml").read_text()
        assert "Then: tidegate check reports\n" in result.stdout

    def test_asks_of_dependencies_what_their_scanner_tells(self, project: Workspace) -> None:
        match = {"vulnerability": {"id": "C"}, "artifact": {"name": "a"}}
        searched = {"name": "grype", "db": {"built": "2026-11-28T00:00:00Z"}}
        project.write("grype.json", json.dumps({"matches": [match], "descriptor": searched}))
        assert project.run("init").exit_code == 0
        gate = (project.folder / "tidegate.yml").read_text()
        assert "that: dependencies.vulnerable == 0\n" in gate and "# today: 1 vulnerable" in gate

    def test_sees_reports_by_any_ending_that_they_have(self, project: Workspace) -> None:
        project.write("cover.out", "mode: set\na.go:1.1,2.2 1 1\n")
        project.run("init")
        assert "coverage.line_rate" in (project.folder / "tidegate.yml").read_text()

    def test_today_s_coverage_is_the_least_that_is_asked(self, project: Workspace) -> None:
        project.write("cover.info", "SF:a.py\nDA:1,1\nDA:2,0\nDA:3,1\nLF:3\nLH:2\nend_of_record\n")
        project.run("init")
        assert "that: coverage.line_rate >= 0.66" in (project.folder / "tidegate.yml").read_text()
        assert project.run("check", "cover.info").exit_code == 0

    def test_names_the_command_of_the_tool_that_the_project_uses(self, project: Workspace) -> None:
        project.write("pyproject.toml", '[dependency-groups]\ndev = ["ruff", "pip-audit"]\n')
        result = project.run("init")
        assert "ruff check --output-format=sarif --output-file=reports/ruff.sarif" in result.stdout
        assert "pip-audit -f json -o reports/pip-audit.json" in result.stdout
        assert "none yet" in result.stdout

    def test_a_sign_of_a_tool_is_enough(self, project: Workspace) -> None:
        project.write("go.mod", "module harbour\n")
        assert "go test -json ./... > reports/go-test.json" in project.run("init").stdout

    @pytest.mark.parametrize(
        ("name", "commands"),
        [
            ("package.json", ("npx jest --json", "npx eslint . --format json", "npm audit --json")),
            ("go.mod", ("go test -json", "golangci-lint run", "osv-scanner scan source")),
            ("Cargo.toml", ("cargo nextest run", "cargo clippy", "osv-scanner scan source")),
            ("pom.xml", ("mvn test", "mvn spotbugs:spotbugs", "osv-scanner scan source")),
            (
                "Harbour.csproj",
                ("dotnet test --logger trx", "XPlat Code Coverage", "osv-scanner scan source"),
            ),
            ("src/Harbour/Harbour.csproj", ("dotnet test --logger trx",)),
            ("Gemfile", ("rspec --format RspecJunitFormatter", "rubocop", "osv-scanner scan source")),
        ],
    )
    def test_names_commands_of_the_ecosystem_whose_files_are_there(
        self, project: Workspace, name: str, commands: tuple[str, ...]
    ) -> None:
        project.write(name, "")
        result = project.run("init")
        for command in commands:
            assert command in result.output
        assert "pip-audit" not in result.output and "pytest" not in result.output

    def test_names_what_it_passed_over_and_why(self, project: Workspace) -> None:
        project.write("conftest.py", "")
        project.write("reports/broken.xml", "<testsuite")
        project.write("reports/robot.xml", "<robot/>")
        project.write("reports/gitleaks.log", "9:41AM INF no leaks found\n")
        project.write("reports/notes.json", "{}")
        project.write("data/notes.json", "{}")
        passed_over = project.run("init").stdout.partition("Passed over:")[2].partition("\n\n")[0]
        assert "reports/broken.xml: " in passed_over
        assert "reports/robot.xml: this is Robot Framework's output, which is not read yet." in passed_over
        assert "reports/gitleaks.log is gitleaks's log: `gitleaks git" in passed_over
        assert "reports/notes.json: the format cannot be recognised" in passed_over
        assert "data/notes.json" not in passed_over

    def test_names_a_few_of_many_that_it_passed_over(self, project: Workspace) -> None:
        project.write("conftest.py", "")
        for number in range(12):
            project.write(f"reports/{number}.xml", "<robot/>")
        assert "  and 2 more\n" in project.run("init").stdout

    def test_a_part_of_a_longer_word_names_no_tool(self, project: Workspace) -> None:
        project.write("pyproject.toml", 'dependencies = ["scruffy"]\n')
        assert project.run("init").exit_code == 2

    def test_offers_the_steps_of_the_pipeline_that_is_there(self, project: Workspace) -> None:
        project.write("conftest.py", "")
        assert ".github/workflows" in project.run("init").stdout
        project.write(".gitlab-ci.yml", "stages: []\n")
        output = project.run("init", "--force").stdout
        assert "In .gitlab-ci.yml" in output
        assert "--component my-harbour" in output

    def test_looks_into_another_folder(self, project: Workspace) -> None:
        project.write("app/flake8.txt", "0\n")
        project.write("app/.flake8", "")
        assert project.run("init", "app").exit_code == 0
        assert (project.folder / "app" / "tidegate.yml").is_file()

    def test_a_gate_that_is_there_is_not_overwritten(self, project: Workspace) -> None:
        project.write("tidegate.yml", "mine")
        project.write("conftest.py", "")
        result = project.run("init")
        assert result.exit_code == 2
        assert "tidegate init . --force" in result.stderr
        assert (project.folder / "tidegate.yml").read_text() == "mine"

    def test_stands_beside_what_the_file_declares(self, project: Workspace) -> None:
        project.write("tidegate.yml", "component: harbour\nfacts: {port: 443}\n")
        project.write("reports/junit.xml", JUNIT.format(failed=0, case=PASSED))
        assert project.run("init").exit_code == 0
        text = (project.folder / "tidegate.yml").read_text()
        assert text.startswith("component: harbour\nfacts: {port: 443}\n---\n")
        assert project.run("check", "reports").exit_code == 0

    def test_made_anew_keeps_what_the_file_declares(self, project: Workspace) -> None:
        declared = "component: harbour\nfacts: {port: 443}\n"
        project.write("tidegate.yml", f"name: old\nrules: []\n---\n{declared}")
        project.write("reports/junit.xml", JUNIT.format(failed=0, case=PASSED))
        assert project.run("init").exit_code == 2
        assert project.run("init", "--force").exit_code == 0
        text = (project.folder / "tidegate.yml").read_text()
        assert declared in text and "name: old" not in text
        assert project.run("check", "reports").exit_code == 0
        assert project.run("init", "--force").exit_code == 0
        assert (project.folder / "tidegate.yml").read_text().count(declared) == 1

    def test_overwrites_nothing_whose_declarations_cannot_be_told(self, project: Workspace) -> None:
        project.write("tidegate.yml", "component: harbour\nfacts: {\n")
        project.write("conftest.py", "")
        result = project.run("init", "--force")
        assert result.exit_code == 2 and "would be lost" in result.stderr

    def test_check_says_where_a_file_declares_and_holds_no_gate(self, project: Workspace) -> None:
        project.write("tidegate.yml", "component: harbour\n")
        project.write("reports/junit.xml", JUNIT.format(failed=0, case=PASSED))
        result = project.run("check", "reports")
        assert result.exit_code == 2
        assert "tidegate inventory import tidegate.yml" in result.stderr

    def test_says_what_to_do_where_there_is_nothing_to_ask_for(self, project: Workspace) -> None:
        result = project.run("init")
        assert result.exit_code == 2
        assert "pytest --junit-xml=reports/junit.xml" in result.stderr
        assert not (project.folder / "tidegate.yml").exists()

    @pytest.mark.parametrize(("found", "today"), [(0, "none"), (2, "2; revoke them, and take them out")])
    def test_asks_for_no_secret_however_many_there_are(
        self, project: Workspace, found: int, today: str
    ) -> None:
        result = {"ruleId": "aws-key", "level": "error", "message": {"text": "A key."}}
        run = {"tool": {"driver": {"name": "gitleaks", "semanticVersion": "v8"}}, "results": [result] * found}
        project.write("reports/gitleaks.sarif", json.dumps({"version": "2.1.0", "runs": [run]}))
        project.run("init")
        text = (project.folder / "tidegate.yml").read_text()
        assert f"title: No secret lies in the sources\n    # today: {today}\n" in text
        assert "that: findings.total == 0\n    needs: [secrets]" in text
        assert project.run("check", "reports").exit_code == min(found, 1)

    def test_names_what_finds_secrets_where_the_project_uses_it(self, project: Workspace) -> None:
        project.write(".gitleaks.toml", "")
        assert "secrets: gitleaks git --report-format sarif" in project.run("init").stdout

    def test_asks_for_the_builder_whose_provenance_is_there(self, project: Workspace) -> None:
        made = project.write("reports/provenance.intoto.jsonl", json.dumps(envelope()) + "\n")
        os.utime(made, (NOON, NOON))
        project.write("builder.pem", pem(ED25519))
        result = project.run("init")
        assert "Provenance counts where its builder's public key is named" in result.stdout
        assert "Then: tidegate check reports --provenance-key builder.pem" in result.stdout
        text = (project.folder / "tidegate.yml").read_text()
        assert f"needs: [provenance/{BUILDER}]" in text
        assert project.run("gate", "lint", "tidegate.yml").stdout == "tidegate.yml: nothing to fix\n"
        given = ("check", "reports", "--revision", COMMIT, "--at", "2026-11-20T12:00:00Z")
        assert project.run(*given, "--provenance-key", "builder.pem").exit_code == 0
        assert project.run(*given).exit_code == 1

    def test_chooses_none_of_several_builders_nor_one_that_yaml_would_misread(
        self, project: Workspace
    ) -> None:
        project.write("a.json", json.dumps(envelope(statement(provenance(builder={"id": "a, b"})))))
        project.run("init")
        assert "needs: [provenance]\n" in (project.folder / "tidegate.yml").read_text()
        project.write("a.json", json.dumps(envelope(statement(provenance(builder={"id": "urn:a"})))))
        project.write("b.json", json.dumps(envelope()))
        project.run("init", "--force")
        assert "needs: [provenance]\n" in (project.folder / "tidegate.yml").read_text()

    def test_unsigned_provenance_asks_for_nothing(self, project: Workspace) -> None:
        project.write("conftest.py", "")
        project.write("a.json", json.dumps(statement()))
        project.run("init")
        assert "provenance" not in (project.folder / "tidegate.yml").read_text()

    def test_what_is_no_report_and_what_others_installed_is_passed_over(self, project: Workspace) -> None:
        project.write("package.json", '{"devDependencies": {"jest": "30"}}')
        project.write("broken.xml", "<testsuite")
        project.write("node_modules/x/junit.xml", JUNIT.format(failed=0, case=PASSED))
        assert "none yet" in project.run("init").stdout


class TestCheckWithoutAGate:
    def test_says_how_to_get_one(self, workspace: Workspace) -> None:
        result = workspace.run("check", "reports")
        assert result.exit_code == 2
        assert "--gate FILE" in result.stderr
        assert "tidegate init" in result.stderr

    def test_names_the_command_of_the_ecosystem_whose_files_are_there(self, workspace: Workspace) -> None:
        workspace.write("go.mod", "")
        workspace.write(
            "gate.yml", "name: a\nrules:\n- {id: a, that: findings.total == 0, needs: [lint], max_age: 1h}\n"
        )
        result = workspace.run("check", "--gate", "gate.yml", "reports/mypy.txt")
        assert result.exit_code == 1
        assert "for example: golangci-lint run" in " ".join(result.stdout.split())


class TestTools:
    @pytest.mark.parametrize(
        ("files", "sources"),
        [
            (["src/calc/__init__.py", "other/__init__.py"], "src"),
            (["calc/__init__.py", "abacus/__init__.py", "tests/__init__.py"], "abacus calc"),
            (["calc.py", "setup.py", "test_calc.py"], "calc.py"),
            ([], "src"),
        ],
    )
    def test_name_the_python_sources_that_are_there(
        self, tmp_path: Path, files: list[str], sources: str
    ) -> None:
        for name in ["pyproject.toml", *files]:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("")
        commands = {tool.name: tool.command for tool in fitting(tmp_path)}
        assert commands["bandit"] == f"bandit -q -r {sources} -f json -o reports/bandit.json"
        assert commands["pylint"].endswith(f" {sources}")

    def test_every_kind_that_a_first_gate_asks_for_has_one(self) -> None:
        kinds = {tool.kind for tool in KNOWN_TOOLS}
        # Provenance has none: a rule is proposed where some is there.
        assert kinds == set(Kind) - {Kind.SBOM, Kind.PROVENANCE, Kind.ANALYSIS}

    def test_jest_is_run_with_a_report_that_tells_of_files_that_it_could_not_load(self) -> None:
        jest = next(tool for tool in KNOWN_TOOLS if tool.name == "jest")
        assert jest.command == "npx jest --json --outputFile=reports/jest.json"  # jest-junit leaves them out
