"""What Tidegate is about, in plain Python: no web, no database, no files, no clock."""
