"""`python -m server` from the repository: the same as `chalklens`.

How it is used: by those who look for the server in `server/`. What it leaves out: everything, see
`chalklens/__main__.py`.
"""

from chalklens.__main__ import main

if __name__ == "__main__":
    main()
