"""What to say of something that the Hugging Face hub did not give."""


def not_had(error: Exception) -> str:
    """Where from, why not, and what to do first, in words for one line.

    `error` is a library's, or ours; of a network that fails midway it has no clearer words.
    """
    from huggingface_hub.constants import ENDPOINT

    reason = " ".join(str(error).split()) or type(error).__name__
    return f"cannot be had from {ENDPOINT} ({reason}); if the network failed, run again"
