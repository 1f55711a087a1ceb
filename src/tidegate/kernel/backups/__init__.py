"""Backups: what one consists of, where it lies, how it is sealed, how databases are dumped and restored."""
