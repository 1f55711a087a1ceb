"""Pages for people: what ships, what keeps a release, and why."""
