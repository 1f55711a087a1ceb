"""The catalog: what is deployed (components, revisions) and where (environments)."""
