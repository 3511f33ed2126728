"""Signing in at an issuer of OpenID Connect: authorization code with PKCE, PAR and DPoP where they are offered.

What is heavy of it is loaded where there is an issuer: this file imports nothing.
"""
