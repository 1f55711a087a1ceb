# What Tidegate uses of gunicorn's HTTP parser, which ships no types.
