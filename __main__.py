"""Starts the program; while all that it takes is loaded, the engine starts the providers' process."""

from importlib import import_module

import pulumi

from components.warm_up import warm_up
from phoenix.garbage import seldom_collected

seldom_collected()
warm_up()
pulumi.run(import_module("phoenix.program").program)
