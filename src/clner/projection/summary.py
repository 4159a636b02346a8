"""What became of every sentence and entity, in numbers."""

from collections import Counter
from statistics import fmean

from clner.projection.arrival import Arrival, Loss
from clner.projection.sentences import Projection


def counts(projections: list[Projection], kept: list[Projection]) -> dict:
    """Sentences and entities, in and out, by method and reason; scores of the sentences kept."""
    kept_ids = {projection.of.sentence.id for projection in kept}
    dropped = [p for p in projections if p.of.sentence.id not in kept_ids]
    outcomes = [outcome for projection in projections for outcome in projection.outcomes]
    losses = [outcome.reason for outcome in outcomes if isinstance(outcome, Loss)]
    arrived = [o for p in kept for o in p.outcomes if isinstance(o, Arrival)]
    names = sum(outcome.name for outcome in arrived)
    return {
        "sentences": {
            "in": len(projections),
            "out": len(kept),
            "incomplete": sum(p.fault is not None for p in projections),
            "dropped": dict(Counter(projection.fault for projection in dropped)),
            "methods": dict(Counter("+".join(projection.methods) for projection in kept)),
        },
        "entities": {
            "in": len(outcomes),
            "projected": len(outcomes) - len(losses),
            "lost": dict(Counter(losses)),
            "uncapitalised": len(arrived) - names,
            "out": names,
        },
        "mean_score": round(fmean(p.score for p in kept), 4) if kept else None,
    }
