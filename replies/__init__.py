"""Reply templates: Liquid files, the values they may speak of, and the choice of the ones that fit a message."""
