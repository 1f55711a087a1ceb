# What Tidegate uses of gunicorn's workers, which ship no types.
