"""Asking the Admin API one thing: address, tokens, pacing, retries and what an answer says."""
