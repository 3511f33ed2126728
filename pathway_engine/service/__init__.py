"""Use cases: receive, act, wake, worklist, rebuild. Each loads, decides by the domain, and saves in one commit."""
