"""The database: engine, session, unit of work, the repositories' base, constraint names to errors."""
