"""Signing in: passwords that can't be guessed by trying, and a second factor for staff."""
