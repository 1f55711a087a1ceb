"""The API as its consumers see it: its document, its errors, its pages, its repeats, its conditions."""
