"""`python -m orbitdc`: the command line. Arguments → exit code."""

from .cli import main

main()
