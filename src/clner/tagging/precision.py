"""Number formats of training and prediction."""

import torch

from clner.errors import ClnerError


def in_bf16(precision: str) -> bool:
    """Whether to compute under bfloat16 autocast: "auto", "fp32" or "bf16".

    Raises ClnerError where bf16 is asked for and no GPU here has it.
    """
    available = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    if precision == "bf16" and not available:
        raise ClnerError("precision = 'bf16': no GPU here has it; take auto or fp32")
    return available and precision != "fp32"
