"""The node's Python packages: whole, however many labs want them first."""

import os
import subprocess
import sys
from pathlib import Path

from lab.environment import CHECKOUT
from lab.vendor import closure

SITE = [sys.executable, "-c", "from lab.vendor import site; print(site())"]


def test_several_labs_at_once_share_one_copy(tmp_path: Path) -> None:
    environment = {**os.environ, "PHOENIX_CACHE": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    started = [subprocess.Popen(SITE, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = {process.communicate(timeout=120)[0].strip() for process in started}
    assert [process.returncode for process in started] == [0, 0, 0]
    (site,) = told
    files = [file for package in closure() for file in package.files or [] if file.suffix == ".py"]
    assert len(files) > 100
    assert [str(file) for file in files if ".." not in file.parts and not Path(site, file).is_file()] == []
