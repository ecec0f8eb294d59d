"""The assets, one file a stage of the flow: read, call pure code or SQL, write, report."""
