"""Print the JSON schema of config.yaml: `make schema` puts it where editors find it."""

from clner.config.sections import schema

if __name__ == "__main__":
    print(schema(), end="")
