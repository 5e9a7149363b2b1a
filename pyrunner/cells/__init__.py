"""A cell's life on disk: begun, then sealed or failed, never both, never half.

Nothing is re-exported here: ``begin`` and ``status`` must not wait for the parsers to load.
"""
