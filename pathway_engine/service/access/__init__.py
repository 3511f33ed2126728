"""Who somebody is: accounts, sessions, sign-on by an issuer, emergency access."""
