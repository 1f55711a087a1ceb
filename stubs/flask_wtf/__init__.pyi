# Only what Tidegate uses of Flask-WTF, which ships no types.
