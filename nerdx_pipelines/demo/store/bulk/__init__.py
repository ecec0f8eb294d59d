"""Bulk operations: which queries are taken, running them, and the addresses of their files."""
