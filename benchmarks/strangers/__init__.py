"""Third-party clients of Shopify, and what they need to meet the demo store.

Shared by tests/strangers and the comparison in benchmarks/peers.py; nothing of the project's own
pipeline is here.
"""
