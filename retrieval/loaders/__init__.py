"""Files to documents: one loader per format, limits for all of them, and a child to run them in.

How it is used: `isolated.IsolatedLoader` for anything that comes from outside; `loading.load_document`
in a process that may be lost; `formats.SUPPORTED` says which names are worth opening. What it leaves
out: nothing is imported here.
"""
