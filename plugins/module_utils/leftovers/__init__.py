"""What running the testbed may leave on a host, a file for each kind. Nothing here changes it."""
