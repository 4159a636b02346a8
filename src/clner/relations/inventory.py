"""The relations of a grid of word pairs [kin: W2NER].

A cell (i, j) of a sentence's grid holds the relation of word i (row) to word j (column):

- NNW at (i, i + 1): both are words of one entity, which goes on from i to its next word;
- THW of a type at (tail, head), tail >= head: the entity of that type from head to tail;
- NONE everywhere else.
"""

NONE = 0
NNW = 1
FIRST_TYPE = 2
"""THW of the k-th type is FIRST_TYPE + k."""
