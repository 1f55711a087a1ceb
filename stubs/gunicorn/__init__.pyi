# What Tidegate uses of gunicorn, which ships no types.
