"""A shop that never was: its calendar, its catalogue, its audience and its sales, drawn by seed."""
