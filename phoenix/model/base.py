"""What every model shares: frozen, unknown keys refused, fields explained by their docstrings."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of the vocabulary: immutable, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
