"""Unit tests of the readers of workbooks."""
