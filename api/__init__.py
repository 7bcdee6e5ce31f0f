"""The doors of the house: the HTTP service, its pages, and the command line."""
