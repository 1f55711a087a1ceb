"""Workbooks (.xlsx, .ods, .csv) as sheets of rows, within limits."""
