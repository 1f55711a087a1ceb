"""Tests of the jobs module on both databases."""
