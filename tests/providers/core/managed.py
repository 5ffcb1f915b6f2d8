"""One resource, driven by the adapter as the engine drives it."""

from dataclasses import dataclass
from typing import Any

from phoenix.providers.core.adapter import Provider
from phoenix.settings import Settings


@dataclass
class Managed:
    """A resource of `provider` with the program's inputs `spec`: what preview shows and what up does."""

    provider: Provider
    spec: Any
    settings: Settings
    recorded: dict[str, Any] | None = None

    @property
    def inputs(self) -> dict[str, Any]:
        return dict(self.spec.model_dump(mode="json", exclude_none=True))

    def preview(self) -> dict[str, Any]:
        """The fields that would change, with their live values; the refresh before it included."""
        assert self.recorded is not None
        self.provider._settings = self.settings
        live = self.provider.read("id", self.recorded)
        # an unobservable resource keeps its recorded state, and no inputs
        seen = dict(live.inputs or {key: (live.outs or {})[key] for key in self.inputs})
        assert self.provider.diff("id", dict(live.outs or {}), self.inputs).changes == (seen != self.inputs)
        return {key: seen.get(key) for key in {**seen, **self.inputs} if seen.get(key) != self.inputs.get(key)}

    def up(self) -> dict[str, Any]:
        """Creates or updates; returns the outputs."""
        self.provider._settings = self.settings
        if self.recorded is None:
            self.recorded = dict(self.provider.create(self.inputs).outs or {})
        elif self.preview():
            live = dict(self.provider.read("id", self.recorded).outs or {})
            self.recorded = dict(self.provider.update("id", live, self.inputs).outs or {})
        return self.recorded

    def change(self, **fields: Any) -> None:
        """The program now asks for something else."""
        self.spec = type(self.spec).model_validate({**self.inputs, **fields})
