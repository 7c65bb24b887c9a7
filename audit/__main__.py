"""`python -m audit` is `audit`."""

from audit.cli import main

if __name__ == "__main__":
    main()
