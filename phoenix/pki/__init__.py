"""Certificates without I/O: keys, requests, chains, tokens, and the rule that says when one is due."""
