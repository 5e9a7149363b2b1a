"""From the raw files of a cell to rows: nothing is believed that was not checked."""
