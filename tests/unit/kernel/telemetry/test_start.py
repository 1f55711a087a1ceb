"""Tests of what the standard variables of OpenTelemetry ask for, and of what cannot be had."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tidegate.environment import SettingsError
from tidegate.kernel.telemetry import start
from tidegate.kernel.telemetry.otel import OpenTelemetryTracer
from tidegate.kernel.telemetry.tracer import Tracer

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}


@pytest.mark.requirement("S1-31")
class TestWantedExporter:
    @pytest.mark.parametrize(
        ("variables", "exporter"),
        [
            ({}, "none"),
            (ENDPOINT, "otlp"),
            ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/v1/traces"}, "otlp"),
            ({"OTEL_TRACES_EXPORTER": "otlp"}, "otlp"),
            ({"OTEL_TRACES_EXPORTER": "console"}, "console"),
            ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, "none"),
            ({**ENDPOINT, "OTEL_SDK_DISABLED": "true"}, "none"),
            ({"OTEL_SERVICE_NAME": "tidegate"}, "none"),
        ],
    )
    def test_is_what_the_environment_names(self, variables: dict[str, str], exporter: str) -> None:
        assert start.wanted_exporter(variables) == exporter

    @pytest.mark.parametrize(
        ("variables", "message"),
        [
            ({"OTEL_TRACES_EXPORTER": "zipkin"}, "'zipkin' is not known here. Use otlp, console or none."),
            (
                {**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
                "'grpc' is not spoken here. Use http/protobuf.",
            ),
        ],
    )
    def test_that_is_not_known_is_refused(self, variables: dict[str, str], message: str) -> None:
        with pytest.raises(SettingsError, match="does not start with these settings") as refused:
            start.wanted_exporter(variables)
        assert message in str(refused.value)

    @pytest.mark.parametrize("missing", ["opentelemetry", "opentelemetry.instrumentation.flask"])
    def test_that_is_not_installed_is_refused_with_the_fix(
        self, monkeypatch: pytest.MonkeyPatch, missing: str
    ) -> None:
        def find_spec(name: str) -> None:
            if name != missing:
                raise ModuleNotFoundError(missing)

        monkeypatch.setattr("importlib.util.find_spec", find_spec)
        with pytest.raises(SettingsError, match=r"pip install 'tidegate\[otel\]'"):
            start.wanted_exporter(ENDPOINT)
        assert start.wanted_exporter({}) == "none"


@pytest.mark.requirement("S1-31")
class TestTracer:
    @pytest.mark.parametrize("variables", [ENDPOINT, {"OTEL_TRACES_EXPORTER": "console"}])
    def test_is_made_where_it_is_wanted(self, variables: dict[str, str]) -> None:
        made = start.tracer_for(variables)
        assert isinstance(made, OpenTelemetryTracer)
        made.close()

    def test_of_nothing_follows_nothing(self) -> None:
        tracer = start.tracer_for({})
        assert type(tracer) is Tracer
        with tracer.job("a.b", "1"):
            tracer.close()

    def test_and_meter_cost_no_import_where_they_are_off(self) -> None:
        code = (
            "import sys, tempfile; from tidegate.app import create_app; "
            "from tidegate.settings import read_settings; "
            "create_app(read_settings({'DATA_DIR': tempfile.mkdtemp()})); "
            "print([name for name in sys.modules if name.startswith(('opentelemetry', 'prometheus_client'))])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr
