"""``python -m cwbsim``."""

from cwbsim.cli import main

if __name__ == "__main__":
    main(prog_name="cwbsim")
