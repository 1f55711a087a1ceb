# What Tidegate uses of huey, which ships no types.
