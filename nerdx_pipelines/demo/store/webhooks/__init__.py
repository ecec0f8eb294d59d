"""Webhooks: who is told of a change, in which words, and until when."""
