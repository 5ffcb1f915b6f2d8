"""What `bin/phoenix` ends with; `pulumi up`'s own codes pass through `phoenix up`."""

DONE = 0
NOT_SO = 1
"""It was done, and the answer is no: a certificate is due, two environments differ; or a run failed."""
UNUSABLE = 2
"""Nothing was done: wrong arguments, a configuration with problems, a stack or a node that cannot be had."""
