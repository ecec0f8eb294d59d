"""The store's REST API: what its objects look like, which are asked for, and the endpoints."""
