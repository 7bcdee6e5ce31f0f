"""Learned models, inference only: text normalising, language, encoder, heads, the bundle that ships."""
