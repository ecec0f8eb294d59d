"""What every form of a change has in common.

The forms themselves are in the files beside this one.
"""

from pydantic import BaseModel, ConfigDict


class ChangeForm(BaseModel):
    """What one kind of change wants to know, and nothing else; `run` makes it."""

    model_config = ConfigDict(extra="forbid")
