"""Linear layers by oneDNN beside torch's own."""

import pytest
import torch
from torch import nn

from clner.tagging.onednn import OneDnnLinear, hasten

pytestmark = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="torch has no oneDNN here"
)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(40,), (1, 40), (3, 7, 40)])
def test_a_layer_computes_what_it_did_but_for_the_last_digits(shape, bias):
    torch.manual_seed(0)
    layer = nn.Linear(40, 24, bias=bias)
    values = torch.randn(shape)
    with torch.inference_mode():
        found = OneDnnLinear(layer)(values)
        torch.testing.assert_close(found, layer(values), rtol=1e-5, atol=1e-5)


def test_all_layers_of_a_model_are_hastened_and_it_is_saved_as_before():
    model = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.Sequential(nn.Linear(8, 4)))
    before = {name: values.clone() for name, values in model.state_dict().items()}
    hasten(model)
    kinds = [type(layer) for layer in model.modules() if not list(layer.children())]
    assert kinds == [OneDnnLinear, nn.LayerNorm, OneDnnLinear]
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in before)
