"""One module per command of `chalklens`; each imports what it needs when it runs."""
