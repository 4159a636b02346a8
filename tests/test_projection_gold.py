"""Label projection on gold: English labels onto real German and Spanish sentences."""

from pathlib import Path

import pytest

from bench.label_projection import aligned, project, translated_entities
from bench.projection_gold import agreement, ceiling, europarl
from clner.projection.settings import ProjectSettings

DATA = Path(__file__).parents[2] / "shared" / "data"
BOTH = ProjectSettings(aligner="eflomal", fallback=["span-match"])

pytestmark = pytest.mark.skipif(
    not (DATA / "ner" / "europarl").is_dir(), reason=f"no parallel gold in {DATA}"
)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "least"), [("de", 0.91), ("es", 0.90)])
def test_entities_reach_the_right_words(target, least):
    """Without further parallel text, on the sentences that no rule was made for."""
    gold = europarl(DATA, target)
    lexicon = DATA / "dictionaries" / f"en-{target}.tsv"
    links = aligned(gold, [], lexicon)
    labels = project(gold, BOTH, translated_entities(gold, lexicon), links)
    unseen = range(400, len(gold.source))
    score = agreement(gold, labels.spans, unseen)
    assert least <= score.f1 <= ceiling(gold, unseen).f1
    arrived = sum(map(len, labels.spans))
    assert arrived + labels.losses.total() == 702
