"""What changes the shop: one module for each kind of thing that is changed.

The mutations of the API (`mutations.py`) and the control endpoint (`changes.py`, one folder up)
both call these; how a query is answered is not in here.
"""
