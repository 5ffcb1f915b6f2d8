"""`bin/phoenix`: each subcommand is a module with one click command in it, and a line in `table.py`."""
