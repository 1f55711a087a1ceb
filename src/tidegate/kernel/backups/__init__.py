"""Backups: what one consists of, where it lies, its encryption, how databases are dumped and restored."""
