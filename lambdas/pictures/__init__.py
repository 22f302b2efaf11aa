"""The API's one function: takes, gives and lists pictures, always with the asking user's own session."""
