"""What a model is trained for: the interface of objectives, what they see, and the contrast.

Each objective is a module of `terms`, settings and loss together; a new one is a new file there.
"""
