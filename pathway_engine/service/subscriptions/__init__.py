"""Subscriptions: what changes is kept for those who asked, numbered after the commit, and told to their endpoints."""
