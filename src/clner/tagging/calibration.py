"""How sure a tagger is, made true: one temperature for all its scores (Guo et al. 2017)."""

import logging

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from torch import nn
from transformers import PreTrainedModel

from clner.tagging.inference import Tagged
from clner.tagging.model import tag_names_of

log = logging.getLogger(__name__)

MOST = 5.0
"""Temperatures are looked for between 1 / MOST and MOST."""


def calibrate(tagger: PreTrainedModel, said: list[Tagged], gold: list[list[str]]) -> float:
    """Divide a tagger's scores by the temperature that suits `gold` best, and return it.

    `said` is what the tagger says about sentences, `gold` their BIO2 tags. The temperature goes
    into the weights of the last layer: the likeliest tag of a token stays what it is.
    """
    numbers = {name: number for number, name in enumerate(tag_names_of(tagger))}
    probabilities = np.concatenate([tagged.probabilities for tagged in said])
    tags = np.array([numbers[tag] for own in gold for tag in own])
    found = temperature(probabilities, tags)
    if not 1.01 / MOST < found < 0.99 * MOST:
        log.warning("calibration: the dev set would have one beyond a temperature of %.2f", found)
    with torch.no_grad():
        for weights in _last_layer(tagger).parameters():
            weights /= found
    return found


def temperature(probabilities: np.ndarray, tags: np.ndarray) -> float:
    """The t that gives `tags` the greatest mean log likelihood under softmax(log p / t).

    `probabilities` (M, T) are distributions over tags, `tags` (M,) integers.
    """
    scores = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny), dtype=np.float64)
    rows = np.arange(len(tags))

    def loss(inverse: float) -> float:
        return -log_softmax(inverse * scores, axis=1)[rows, tags].mean()

    # Convex in 1 / t, for which it is a log likelihood of an exponential family.
    return 1 / minimize_scalar(loss, bounds=(1 / MOST, MOST), method="bounded").x


def _last_layer(tagger: PreTrainedModel) -> nn.Linear:
    """What makes scores of tags; its name differs between models."""
    layers = [module for module in tagger.modules() if isinstance(module, nn.Linear)]
    return next(own for own in reversed(layers) if own.out_features == tagger.config.num_labels)
