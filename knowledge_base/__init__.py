"""Articles, the passages they are cut into, and the search over them."""
