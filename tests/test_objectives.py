"""Every objective against naive float64 loops, for both heads."""

import math
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import get_args

import pytest
import torch

from clner.files.fingerprint import ROOT, fingerprint
from clner.objectives.objective import Objective, Pooling
from clner.objectives.registry import StudentObjectives, TeacherObjectives
from clner.objectives.sampling import balanced, drawn
from clner.objectives.terms import TERMS
from clner.objectives.terms.cross_entropy import CrossEntropy
from clner.objectives.terms.divergence import Divergence
from clner.objectives.terms.label_contrast import LabelContrast
from clner.objectives.terms.mean_squared_error import MeanSquaredError
from clner.objectives.terms.pseudo_label import PseudoLabel
from clner.objectives.terms.relation_contrast import RelationContrast
from clner.objectives.terms.semantic_contrast import SemanticContrast
from clner.objectives.terms.translation_contrast import TranslationContrast
from clner.objectives.views import Views, normalised
from clner.relations.grid import tag_log_marginals
from clner.text.tags import IGNORED

ROWS, LENGTH, WIDTH, TAGS, RELATIONS = 4, 4, 6, 5, 4


WORDS = [[4, 0, 1, 1, 2, 3], [4, 0, 0, 1, 2, 3], [4, 0, 1, 2, 4, 4], [4, 0, 1, 2, 3, 4]]
"""Of each subword; 4 are of none."""


def same(vectors: torch.Tensor) -> torch.Tensor:
    """The projection of objectives that learn none."""
    return vectors


def relate(rows, first, second):
    """Relation vectors that tell every cell from every other."""
    generator = torch.Generator().manual_seed(5)
    table = torch.randn(ROWS, LENGTH, LENGTH, WIDTH, generator=generator)
    return table[rows, first, second].requires_grad_()


@pytest.fixture(autouse=True)
def _the_same_numbers_each_time():
    torch.manual_seed(0)


@pytest.fixture(params=["tags", "token_pair"])
def views(request) -> Views:
    trusted = torch.zeros(ROWS, LENGTH, dtype=torch.bool)
    trusted[:2] = torch.tensor([[1, 1, 1, 0], [1, 0, 1, 1]], dtype=torch.bool)
    soft = torch.softmax(torch.randn(ROWS, LENGTH, TAGS) * 2, dim=-1)
    gold = torch.full((ROWS, LENGTH), IGNORED)
    gold[2, :3] = torch.tensor([0, 3, 4])
    gold[3, :3] = torch.tensor([1, 2, 0])
    shape = (TAGS,) if request.param == "tags" else (LENGTH, RELATIONS)
    return Views(
        layers=[torch.randn(ROWS, 6, WIDTH).requires_grad_() for _ in range(3)],
        words=torch.tensor(WORDS),
        tokens=torch.randn(ROWS, LENGTH, WIDTH).requires_grad_(),
        scores=torch.randn(ROWS, LENGTH, *shape).requires_grad_(),
        relate=None if request.param == "tags" else relate,
        mask=torch.ones(ROWS, LENGTH, dtype=torch.bool),
        tags=gold,
        meaning=torch.tensor([0, 0, 1, 1]),
        view=torch.tensor([3, 2, 0, 1]),
        soft=soft * trusted[..., None],
        trusted=trusted,
        pseudo=torch.where(trusted, torch.tensor([3, 4, 0, 0]), IGNORED),
    )


def naive_cells(tags: list[int]) -> dict[tuple[int, int], int]:
    """Relation of each cell between tagged words, by the definition of the grid."""
    known = [n for n, tag in enumerate(tags) if tag != IGNORED]
    cells = {(i, j): 0 for i in known for j in known}
    for head, tag in enumerate(tags):
        if tag > 0 and tag % 2 == 1:
            tail = head
            while tail + 1 < len(tags) and tags[tail + 1] == tag + 1:
                cells[tail, tail + 1] = 1
                tail += 1
            cells[tail, head] = 2 + tag // 2
    return cells


def naive_cross_entropy(views: Views, tags: torch.Tensor) -> float:
    total, words = 0.0, 0
    for row in range(ROWS):
        words += sum(tag != IGNORED for tag in tags[row].tolist())
        scores = views.scores[row].double()
        if scores.dim() == 2:
            own = {(n,): t for n, t in enumerate(tags[row].tolist()) if t != IGNORED}
        else:
            own = naive_cells(tags[row].tolist())
        for place, wanted in own.items():
            cell = scores[place].tolist()
            total += math.log(sum(math.exp(s) for s in cell)) - cell[wanted]
    return total / words


def naive_contrast(vectors: torch.Tensor, labels: list[int], temperature: float) -> float:
    unit = [v / v.norm() for v in vectors.double()]
    losses = []
    for i in range(len(unit)):
        others = [k for k in range(len(unit)) if k != i]
        positives = [p for p in others if labels[p] == labels[i]]
        if positives:
            scores = {k: (unit[i] @ unit[k]).item() / temperature for k in others}
            total = math.log(sum(math.exp(s) for s in scores.values()))
            losses.append(sum(total - scores[p] for p in positives) / len(positives))
    return sum(losses) / len(losses)


def test_cross_entropy_counts_labelled_words_only(views):
    loss = CrossEntropy().loss(views, same)
    assert loss.item() == pytest.approx(naive_cross_entropy(views, views.tags), rel=1e-5)


def test_pseudo_labels_are_a_cross_entropy_on_trusted_words(views):
    loss = PseudoLabel(weight=1.0).loss(views, same)
    assert loss.item() == pytest.approx(naive_cross_entropy(views, views.pseudo), rel=1e-5)


def _distributions(views: Views) -> list[tuple[list[float], list[float]]]:
    """The student's and the teacher's distributions of each trusted token."""
    scores = views.scores.detach()
    logs = scores if scores.dim() == 3 else tag_log_marginals(scores, views.mask)
    own = torch.softmax(logs.double(), -1)
    return [
        (own[row, n].tolist(), views.soft[row, n].tolist())
        for row, n in views.trusted.nonzero().tolist()
    ]


def _softened(distribution: list[float], temperature: float) -> list[float]:
    powers = [p ** (1 / temperature) for p in distribution]
    return [p / sum(powers) for p in powers]


def test_mean_squared_error_of_probabilities(views):
    squares = [
        sum((s - t) ** 2 for s, t in zip(student, teacher, strict=True))
        for student, teacher in _distributions(views)
    ]
    loss = MeanSquaredError().loss(views, same)
    assert loss.item() == pytest.approx(sum(squares) / len(squares), rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_divergence_at_a_temperature(views, temperature):
    divergences = []
    for student, teacher in _distributions(views):
        pairs = zip(_softened(student, temperature), _softened(teacher, temperature), strict=True)
        divergences.append(sum(t * (math.log(t) - math.log(s)) for s, t in pairs))
    expected = temperature**2 * sum(divergences) / len(divergences)
    loss = Divergence(weight=1.0, temperature=temperature).loss(views, same)
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def naive_sentences(views: Views, layer: int = -1, pooling: str = "mean") -> torch.Tensor:
    """(ROWS, WIDTH) float64, by loops."""
    known = views.known_tags().tolist()
    rows = []
    for row, words in enumerate(views.words.tolist()):
        hidden = views.layers[layer][row].double()
        real = [place for place, word in enumerate(words) if word < LENGTH]
        context = [place for place in real if known[row][words[place]] in (0, IGNORED)]
        if pooling == "first":
            rows.append(hidden[0])
        elif not real:
            rows.append(torch.zeros(WIDTH, dtype=torch.float64))
        elif pooling == "max":
            rows.append(torch.stack([hidden[place] for place in real]).max(0).values)
        else:
            chosen = (context or real) if pooling == "context" else real
            rows.append(sum(hidden[place] for place in chosen) / len(chosen))
    return torch.stack(rows)


@pytest.mark.parametrize("layer", [-1, 0, 1])
@pytest.mark.parametrize("pooling", get_args(Pooling))
def test_sentences_are_pooled_from_the_subwords_of_a_layer(views, layer, pooling):
    views.words[1] = 4  # no token at all
    views.tags[3] = torch.tensor([1, 2, 2, 2])  # nothing but an entity
    found, expected = views.sentences(layer, pooling), naive_sentences(views, layer, pooling)
    assert torch.allclose(found.double(), expected, atol=1e-6)


def test_an_objective_compares_the_sentences_that_its_settings_say(views):
    objective = SemanticContrast(weight=1.0, layer=1, pooling="max")
    expected = naive_contrast(naive_sentences(views, 1, "max"), [0, 0, 1, 1], 0.1)
    assert objective.loss(views, same).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("warmup", "weights"), [(0.0, [0.4, 0.4, 0.4]), (0.5, [0, 0.2, 0.4]), (1.0, [0, 0.1, 0.4])]
)
def test_a_weight_rises_to_its_value(warmup, weights):
    objective = SemanticContrast(weight=0.4, warmup=warmup)
    assert [objective.weight_at(done) for done in (0.0, 0.25, 1.0)] == pytest.approx(weights)


def test_translation_contrast_compares_source_and_translation_only(views):
    sentences = naive_sentences(views)
    loss = TranslationContrast(weight=1.0).loss(views, same)
    assert loss.item() == pytest.approx(naive_contrast(sentences[2:], [1, 1], 0.1), abs=1e-6)
    other = replace(views, meaning=torch.tensor([0, 1, 1, 0]), view=torch.tensor([0, 2, 0, 1]))
    loss = TranslationContrast(weight=1.0).loss(other, same)
    expected = naive_contrast(sentences[[0, 2, 3]], [0, 1, 0], 0.1)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_semantic_contrast_compares_all_views(views):
    loss = SemanticContrast(weight=1.0).loss(views, same)
    expected = naive_contrast(naive_sentences(views), [0, 0, 1, 1], 0.1)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_label_contrast_leaves_padding_and_unlabelled_tokens_out(views):
    views.tags[0, 1:] = torch.tensor([1, 2, 3])
    known = views.tags > 0
    loss = LabelContrast(weight=1.0, outside=0.0).loss(views, same)
    expected = naive_contrast(views.tokens[known], views.tags[known].tolist(), 0.1)
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    moved = replace(views, tokens=torch.where(known[..., None], views.tokens, 1e6))
    again = LabelContrast(weight=1.0, outside=0.0).loss(moved, same)
    assert again.item() == pytest.approx(loss.item(), rel=1e-5)


@pytest.mark.parametrize("views", ["token_pair"], indirect=True)
def test_relation_contrast_compares_pairs_of_gold_and_pseudo_labels(views):
    cells = [
        (row, *cell, relation)
        for row in range(ROWS)
        for cell, relation in naive_cells(views.known_tags()[row].tolist()).items()
        if relation
    ]
    rows, first, second, relations = (list(column) for column in zip(*cells, strict=True))
    assert set(rows) == {0, 1, 2, 3}
    assert len(set(relations)) == 3
    expected = naive_contrast(relate(rows, first, second), relations, 0.2)
    loss = RelationContrast(weight=1.0, none=0.0, temperature=0.2).loss(views, same)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("views", ["token_pair"], indirect=True)
def test_relation_contrast_samples_no_more_pairs_than_it_may(views):
    taken = []

    def counting(rows, first, second):
        taken.append(len(rows))
        return relate(rows, first, second)

    for none, pairs in ((0.0, 100), (0.5, 100), (100.0, 100), (100.0, 7)):
        objective = RelationContrast(weight=1.0, none=none, pairs=pairs)
        objective.loss(replace(views, relate=counting), same)
    related = sum(
        relation > 0
        for row in views.known_tags().tolist()
        for relation in naive_cells(row).values()
    )
    cells = sum(len(naive_cells(row)) for row in views.known_tags().tolist())
    assert taken == [related, related + round(0.5 * related), cells, 7]


@pytest.mark.parametrize("method", ["exact", "prototypes", "sampled"])
def test_magnitude_does_not_matter(views, method):
    objective = LabelContrast(weight=1.0, outside=100.0, method=method)
    larger = replace(views, tokens=views.tokens * 100)
    assert objective.loss(views, same).item() == pytest.approx(
        objective.loss(larger, same).item(), rel=1e-4
    )


@pytest.mark.parametrize("name", sorted(TERMS))
def test_an_empty_batch_gives_an_exact_zero_with_a_gradient_path(views, name):
    if TERMS[name].head == "token_pair" and views.relate is None:
        pytest.skip("this objective works with the other head only")
    views.tags[:] = IGNORED
    views.pseudo[:] = IGNORED
    views.trusted[:] = False
    views.meaning = torch.arange(ROWS)
    loss = TERMS[name](weight=1.0).loss(views, same)
    loss.backward()
    assert loss.item() == 0.0


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (1.0, 3), (2.0, 6), (50.0, 20)])
def test_the_most_frequent_class_is_balanced(share, expected):
    tags = torch.tensor([0] * 20 + [1, 2, 3] + [IGNORED] * 4)
    chosen = tags[balanced(tags, share)]
    assert (chosen == 0).sum() == expected
    assert sorted(chosen[chosen != 0].tolist()) == [1, 2, 3]


def test_what_is_drawn_does_not_repeat():
    assert len(set(drawn(torch.arange(50), 20).tolist())) == 20
    assert sorted(drawn(torch.arange(5), 20).tolist()) == [0, 1, 2, 3, 4]


def test_only_objectives_of_positive_weight_are_active():
    objectives = StudentObjectives.model_validate(
        {"cross_entropy": {"weight": 0.0}, "divergence": {"weight": 0.5, "temperature": 1.0}}
    )
    assert set(objectives.active()) == {"mean_squared_error", "divergence"}


def test_every_module_of_terms_is_an_objective_of_students_and_some_of_teachers():
    assert set(StudentObjectives.model_fields) == set(TERMS)
    teachers = set(TeacherObjectives.model_fields)
    assert {name for name, kind in TERMS.items() if kind.reads_teacher} == set(TERMS) - teachers
    assert all(issubclass(kind, Objective) for kind in TERMS.values())


@pytest.mark.parametrize(
    ("objective", "labelled", "target", "head", "said"),
    [
        (TranslationContrast(), {"source"}, set(), "tags", "needs translation among the views"),
        (SemanticContrast(), {"source"}, {"target"}, "tags", "needs 2 views"),
        (LabelContrast(), set(), {"target", "codeswitch"}, "tags", "needs 1 labelled view"),
        (RelationContrast(), {"source"}, set(), "tags", "works with head = 'token_pair' only"),
    ],
)
def test_what_an_objective_lacks_is_said(objective, labelled, target, head, said):
    assert said in objective.fault(labelled, target, head)
    assert objective.fault({"source", "translation"}, set(), "token_pair") is None


def test_target_text_and_its_code_switched_form_are_two_views():
    assert SemanticContrast().fault({"source"}, {"target", "codeswitch"}, "tags") is None


def test_normalised_keeps_float64():
    vectors = normalised(torch.randn(3, 4, dtype=torch.float64))
    assert vectors.dtype == torch.float64
    assert torch.allclose(vectors.norm(dim=1), torch.ones(3, dtype=torch.float64))


NEW = '''
"""Keeps scores small."""

from clner.objectives.objective import Objective


class Modesty(Objective):
    """Mean square of the head's scores."""

    def loss(self, views, project):
        return views.scores.square().mean()
'''
USE = """
import torch
from types import SimpleNamespace
from clner.files.fingerprint import fingerprint
from clner.teacher import TeacherSettings

settings = TeacherSettings.model_validate({"objectives": {"modesty": {"weight": 0.5}}})
objective = settings.objectives.active()["modesty"]
print(objective.weight * objective.loss(SimpleNamespace(scores=torch.full((2, 3), 2.0)), None))
print(fingerprint("clner.teacher"))
"""


def test_a_new_objective_is_one_file_and_one_line_of_configuration(tmp_path):
    shutil.copytree(ROOT / "clner", tmp_path / "clner")
    (tmp_path / "clner/objectives/terms/modesty.py").write_text(NEW, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-c", USE],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    value, code = result.stdout.splitlines()
    assert value == "tensor(2.)"
    assert code != fingerprint("clner.teacher")
