"""The head of mCL-NER: relations of word pairs by conditional layer norm and a biaffine.

    logits_ijr = W_r · V_ij + [p_i; 1]ᵀ U_r [q_j; 1] + bias of r and of the distance j - i
    V_ij       = γ(h_j) ⊙ norm(h_i) + β(h_j)                                           [paper]

Word i is the row of the grid, word j its column: V_ij describes the row word, conditioned on the
column word. A linear scorer of V is an inner product,

    W_r · V_ij = (W_r ⊙ γ_j) · norm(h_i) + W_r · β_j,

and so is the biaffine term: the whole grid is two batched matrix products, and the N×N×H tensor
of all V never exists. Summing the terms and the bias of distances are ours.

"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from clner.relations.inventory import NONE
from clner.relations.settings import TokenPairSettings

SPARSITY = 0.9
"""Probability of NONE before training: most cells are, and the first steps need not learn it."""


class RelationHead(nn.Module):
    """Scores of `relations` relations (NONE, NNW and the THW) for pairs of words of `width`."""

    def __init__(self, width: int, relations: int, settings: TokenPairSettings) -> None:
        super().__init__()
        size = settings.biaffine
        self.scale = nn.Linear(width, width)
        self.shift = nn.Linear(width, width)
        self.scorer = nn.Linear(width, relations, bias=False)
        self.dropout = nn.Dropout(settings.dropout)
        self.row = _projection(width, size)
        self.column = _projection(width, size)
        self.biaffine = nn.Parameter(torch.empty(relations, size + 1, size + 1))
        self.bias = nn.Parameter(torch.empty(2 * settings.distances + 1, relations))
        self._reset()

    def _reset(self) -> None:
        """Draw the weights: V_ij is norm(h_i), distances do not matter, most pairs are NONE."""
        for layer, start in ((self.scale, nn.init.ones_), (self.shift, nn.init.zeros_)):
            nn.init.zeros_(layer.weight)
            start(layer.bias)
        for module in (self.scorer, self.row[0], self.column[0]):
            module.reset_parameters()
        nn.init.normal_(self.biaffine, std=1 / self.biaffine.shape[-1])
        nn.init.zeros_(self.bias)
        others = len(self.biaffine) - 1
        nn.init.constant_(self.bias[:, NONE], math.log(SPARSITY / (1 - SPARSITY) * others))

    def forward(self, words: Tensor) -> Tensor:
        """(R, N, N, C) float32 logits of `words` (R, N, H); rows and columns as in `inventory`.

        Largest tensors: R·N·N·C and R·N·C·H. Under autocast the products are of its type.
        """
        words = self.dropout(words)
        return self._bias(words) + self._conditional(words) + self._biaffine(words)

    def vectors(self, words: Tensor, rows: Tensor, i: Tensor, j: Tensor) -> Tensor:
        """(K, H): V_ij of K pairs: row i and column j of the sentence `rows`, (K,) int64 each."""
        condition = words[rows, j]
        return self.scale(condition) * _norm(words[rows, i]) + self.shift(condition)

    def _conditional(self, words: Tensor) -> Tensor:
        """W V_ij for all pairs: (R, N, N, C)."""
        right = self.scale(words).unsqueeze(2) * self.scorer.weight
        shift = functional.linear(words, self.scorer.weight @ self.shift.weight)
        shift = shift + self.scorer.weight @ self.shift.bias
        return _products(_norm(words), right) + shift.unsqueeze(1)

    def _biaffine(self, words: Tensor) -> Tensor:
        """[p_i; 1]ᵀ U_r [q_j; 1] for all pairs: (R, N, N, C)."""
        relations, size = self.biaffine.shape[:2]
        right = functional.linear(
            self.column(words),
            self.biaffine[:, :, :-1].reshape(relations * size, -1),
            self.biaffine[:, :, -1].reshape(-1),
        ).unflatten(-1, (relations, size))
        return _products(self.row(words), right[..., :-1]) + right[..., -1].unsqueeze(1)

    def _bias(self, words: Tensor) -> Tensor:
        """(N, N, C): what does not depend on the words."""
        reach = len(self.bias) // 2
        places = torch.arange(words.shape[1], device=words.device)
        apart = (places - places.unsqueeze(1)).clamp(-reach, reach) + reach
        return self.bias[apart]


def _products(left: Tensor, right: Tensor) -> Tensor:
    """Inner products of left (R, N, D) and right (R, N, C, D) vectors: (R, N, N, C)."""
    grid = left @ right.flatten(1, 2).mT
    return grid.unflatten(-1, right.shape[1:3])


def _norm(words: Tensor) -> Tensor:
    return functional.layer_norm(words, words.shape[-1:])


def _projection(width: int, size: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, size), nn.GELU())
