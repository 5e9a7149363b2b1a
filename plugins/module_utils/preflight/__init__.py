"""What a testbed host can run, and why not: the logic behind the module preflight_facts.

It runs on the host itself: only the standard library, Python 3.11 or newer. Every module first
observes (reads the host into a small dataclass) and then judges (turns that into checks).
"""
