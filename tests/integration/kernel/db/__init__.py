"""The database kernel on SQLite and PostgreSQL."""
