"""Results: the run folder, its files and the `Run` that reads them. Window results → files → tables."""
