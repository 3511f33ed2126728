"""Message families as the service knows them: how each is read and answered, and how outgoing messages are written."""
