"""Every schema that there has been, with its rows in it, becomes today's, however often the way there is cut off."""
