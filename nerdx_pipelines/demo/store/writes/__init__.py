"""What changes the shop: one module for each kind of thing that is changed.

The mutations of the API (`graphql/mutations.py`) and the control endpoint (`changes/`)
both call these; how a query is answered is not in here.
"""
