"""Tests of what people read about jobs."""
