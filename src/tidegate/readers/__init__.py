"""Report formats to measures and findings: streams in, declared measures out; no database, no HTTP."""
