"""Tests of the database's parts that need no database."""
