"""What every model shares: frozen, unknown keys refused. What explains a field is the string that follows it."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of the vocabulary: immutable, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
