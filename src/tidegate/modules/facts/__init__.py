"""Facts: what was declared and what was observed of components and targets, now and at any moment."""
