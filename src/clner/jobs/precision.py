"""Number formats of training and prediction; torch is imported where they are used."""

from typing import Literal

from clner.errors import ClnerError

Precision = Literal["auto", "fp32", "bf16"]


def in_bf16(precision: str) -> bool:
    """Whether to compute under bfloat16 autocast: "auto", "fp32" or "bf16".

    "auto" does on a GPU that has it, and not on a CPU, where results shall not hang on its model.
    Raises ClnerError where bf16 is asked for and the GPU, or without one the CPU, lacks it.
    """
    import torch

    gpu = torch.cuda.is_available()
    if precision == "fp32" or (precision == "auto" and not gpu):
        return False
    available = torch.cuda.is_bf16_supported() if gpu else _cpu_has_bf16()
    if precision == "bf16" and not available:
        device = "GPU" if gpu else "CPU"
        raise ClnerError(f"precision = 'bf16': the {device} here lacks it; take auto or fp32")
    return available


def _cpu_has_bf16() -> bool:
    import torch

    # oneDNN's own answer; torch's public functions ask for Intel's instructions by name.
    return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
