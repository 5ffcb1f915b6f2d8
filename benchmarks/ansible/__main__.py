"""Writes the playbook's variables and inventory, inside the lab: python -m benchmarks.ansible FOLDER CHECKOUT."""

import os
import sys
from pathlib import Path

from benchmarks.ansible import facts
from lab.place import Lab

facts.write(
    Path(sys.argv[1]),
    facts.planned(Path(sys.argv[2]), os.environ, "development"),
    Lab.current().cluster_root.read_text(),
)
