"""Settings laid over others."""


def merge(values: dict, overrides: dict) -> dict:
    """`values` with `overrides` laid over them: maps merge, all else is replaced."""
    merged = values | overrides
    for key in values.keys() & overrides.keys():
        if isinstance(values[key], dict) and isinstance(overrides[key], dict):
            merged[key] = merge(values[key], overrides[key])
    return merged
