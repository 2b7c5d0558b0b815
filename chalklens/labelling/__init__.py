"""Two labellers behind one protocol: by a vision-language model, and embedded in the package."""
