"""How a kind of resource is declared: its reconciler, and as annotations the outputs that are not inputs.

    class Certificate(Resource[CertificateSpec], reconciler=CertificateReconciler()):
        fingerprint: pulumi.Output[str]

Everything else is derived: the type that previews show, the provider that the state refers to (by reference, as
`<module>.CertificateProvider`), its outputs and its secrets.
"""

import inspect
import sys
from typing import Any, ClassVar, Generic

import pulumi
from pulumi.dynamic.dynamic import serialize_provider

from phoenix.providers.core.adapter import ANNOUNCED, CHANGED, CREATED, PROVIDER, Provider
from phoenix.providers.core.reconciler import Reconciler, SpecT


class Resource(pulumi.CustomResource, Generic[SpecT]):
    """Base of every resource of ours: marks its provider's secrets, so that none lands in the state in plaintext.

    Its outputs tell when this stack created (or adopted) it and when it last changed it, in ISO 8601, UTC: what an
    operator's hooks wait for. A state of an older version has neither until the next change.
    """

    provider: ClassVar[type[Provider]]
    type_name: ClassVar[str]
    outputs: ClassVar[tuple[str, ...]] = ()
    created_at: pulumi.Output[str | None]
    changed_at: pulumi.Output[str | None]

    def __init_subclass__(cls, *, reconciler: Reconciler[Any, Any]) -> None:
        super().__init_subclass__()
        cls.type_name = f"pulumi-python:dynamic/phoenix:{cls.__name__}"
        annotated = inspect.get_annotations(cls)
        cls.outputs = tuple(name for name in annotated if name not in reconciler.spec.model_fields)
        cls.provider = _provider(cls, reconciler)

    def __init__(
        self, name: str, spec: SpecT, opts: pulumi.ResourceOptions | None = None, **flowing: pulumi.Input[Any]
    ) -> None:
        """`flowing` are fields of the spec whose values come from another resource's outputs."""
        reconciler = self.provider.reconciler
        unknown = flowing.keys() - reconciler.spec.model_fields - {ANNOUNCED}
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        given: dict[str, Any] = {**spec.model_dump(mode="json", exclude_none=True), **flowing}
        for key in reconciler.secret & given.keys():
            given[key] = pulumi.Output.secret(given[key])
        marked = pulumi.ResourceOptions(additional_secret_outputs=sorted(reconciler.secret))
        super().__init__(
            # what pulumi.dynamic.Resource does, which would serialize the provider anew for each
            self.type_name,
            name,
            # outputs are declared as inputs without a value, the only way the SDK gives them attributes
            {**dict.fromkeys((*self.outputs, CREATED, CHANGED)), **given, PROVIDER: _serialized(self.provider)},
            pulumi.ResourceOptions.merge(opts, marked),
        )


_texts: dict[str, str] = {}


def _serialized(provider: type[Provider]) -> str:
    name = f"{provider.__module__}.{provider.__name__}"
    if name not in _texts:
        _texts[name] = serialize_provider(provider())
    return _texts[name]


def _provider(resource: type[Resource[Any]], reconciler: Reconciler[Any, Any]) -> type[Provider]:
    name, module = f"{resource.__name__}Provider", resource.__module__
    made = type(name, (Provider,), {"__module__": module, "__doc__": resource.__doc__, "reconciler": reconciler})
    # the state holds its module and name: it must be found there again
    setattr(sys.modules[module], name, made)
    return made
