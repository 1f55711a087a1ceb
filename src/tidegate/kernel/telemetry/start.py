"""Switches on what the settings ask for, and imports nothing else."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tidegate.environment import SettingsError
from tidegate.kernel.telemetry.meter import Meter
from tidegate.kernel.telemetry.tracer import Tracer

if TYPE_CHECKING:
    from tidegate.settings import Settings

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_OVER_HTTP = "http/protobuf"
_OTLP, _CONSOLE, _NONE = "otlp", "console", "none"


def meter_for(settings: Settings) -> Meter:
    """Return the meter that the settings ask for; without monitoring not even the library is imported."""
    if not settings.enable_monitoring:
        return Meter()
    from tidegate.kernel.telemetry.prometheus import PrometheusMeter, shared_folder

    return PrometheusMeter(commit=settings.git_commit, folder=shared_folder())


def tracer_for(variables: Mapping[str, str]) -> Tracer:
    """Return the tracer that the standard OTEL_* variables ask for; raises `SettingsError`.

    Without them not even the library is imported.
    """
    exporter = wanted_exporter(variables)
    if exporter == _NONE:
        return Tracer()
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter

    from tidegate.kernel.telemetry.otel import OpenTelemetryTracer

    made: SpanExporter
    if exporter == _CONSOLE:
        made = ConsoleSpanExporter()
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        made = OTLPSpanExporter()
    return OpenTelemetryTracer(made)


def wanted_exporter(variables: Mapping[str, str]) -> str:
    """Return `otlp`, `console` or `none`; raises `SettingsError` where what is asked for cannot be had."""
    if variables.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return _NONE
    named = variables.get("OTEL_TRACES_EXPORTER", "")
    exporter = named or (_OTLP if any(variables.get(name) for name in _ENDPOINTS) else _NONE)
    if exporter == _NONE:
        return _NONE
    if exporter not in (_OTLP, _CONSOLE):
        raise SettingsError(
            (f"OTEL_TRACES_EXPORTER: {exporter!r} is not known here. Use {_OTLP}, {_CONSOLE} or {_NONE}.",)
        )
    protocol = next((variables[name] for name in _PROTOCOLS if variables.get(name)), _OVER_HTTP)
    if exporter == _OTLP and protocol != _OVER_HTTP:
        raise SettingsError(
            (f"OTEL_EXPORTER_OTLP_PROTOCOL: {protocol!r} is not spoken here. Use {_OVER_HTTP}.",)
        )
    if not _installed():
        raise SettingsError(
            ("OTEL_* asks for traces, and OpenTelemetry is not installed: pip install 'tidegate[otel]'.",)
        )
    return exporter


def _installed() -> bool:
    try:
        return importlib.util.find_spec("opentelemetry.instrumentation.flask") is not None
    except ImportError:
        return False
