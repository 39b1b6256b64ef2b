"""Transmission models of the district."""
