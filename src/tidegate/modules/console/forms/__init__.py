"""The forms of the pages, a file per part of the console: their fields, and what is asked of each."""
