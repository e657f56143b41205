"""Rows that queries return, as the API sees them."""

from typing import Any

Row = Any
"""A row of some room's query: its table is not ours to import, its attributes are ours to show."""
