"""Which module holds which kind."""

import importlib
import pkgutil

import phoenix.providers
from phoenix.providers.core import kinds
from phoenix.providers.core.resource import Resource


def test_every_kind_is_found_by_the_name_of_its_spec() -> None:
    for module in pkgutil.walk_packages(phoenix.providers.__path__, "phoenix.providers."):
        importlib.import_module(module.name)
    every = {each for each in Resource.__subclasses__() if each.__module__.startswith("phoenix.providers.")}
    assert {each.__name__: each.provider.reconciler for each in every} == {
        name: kinds.reconciler(name) for name in kinds.MODULES
    }
    assert {each.provider.reconciler.spec.__name__ for each in every} == {f"{name}Spec" for name in kinds.MODULES}
