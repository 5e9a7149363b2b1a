"""Verification of measurements of guest memory: docs/measurement.md tells what is checked."""
