"""Linear layers in 8-bit integers beside those they stand for."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from clner.tagging.int8 import Int8Linear, quantise, rounded


@given(st.integers(0, 1000), st.sampled_from([1e-6, 1.0, 1e4]))
def test_what_is_rounded_is_never_further_off_than_half_a_step(seed, size):
    values = size * torch.randn(5, 17, generator=torch.Generator().manual_seed(seed))
    numbers, scale = rounded(values)
    assert numbers.dtype == torch.int8
    assert torch.all((numbers * scale - values).abs() <= scale * 0.5001)


def test_a_layer_computes_the_products_of_the_rounded_numbers():
    torch.manual_seed(0)
    layer = nn.Linear(40, 24)
    values = torch.randn(3, 7, 40)
    rows, weight = (numbers * scale for numbers, scale in map(rounded, (values[1], layer.weight)))
    found = Int8Linear(layer)(values)
    assert found.shape == (3, 7, 24)
    torch.testing.assert_close(found[1], rows @ weight.T + layer.bias)
    exact = layer(values)
    assert (found - exact).square().mean().sqrt() < 0.02 * exact.std()


def test_what_is_said_of_a_row_does_not_depend_on_its_batch():
    torch.manual_seed(0)
    layer = Int8Linear(nn.Linear(40, 24, bias=False))
    values = torch.randn(9, 40) * torch.logspace(-3, 3, 9)[:, None]
    alone = torch.cat([layer(row) for row in values.split(1)])
    assert torch.equal(layer(values), alone)


def test_all_linear_layers_of_a_model_are_replaced_and_nothing_else():
    model = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.Sequential(nn.Linear(8, 4)))
    quantise(model)
    kinds = [type(layer) for layer in model.modules() if not list(layer.children())]
    assert kinds == [Int8Linear, nn.LayerNorm, Int8Linear]


def test_rows_of_zeros_and_one_row_alone_are_nothing_special():
    layer = nn.Linear(8, 8)
    assert torch.equal(Int8Linear(layer)(torch.zeros(1, 8)), layer.bias.detach().unsqueeze(0))
