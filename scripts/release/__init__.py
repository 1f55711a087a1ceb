"""Making a production release: what is asked of it first, and the tag that starts the pipeline."""
