"""The pages: paste a message, the inbox, the help centre. Server-rendered shells, small modules, no build step."""
