"""What Tidegate tells of itself while it works: metrics for Prometheus, traces for OpenTelemetry."""
