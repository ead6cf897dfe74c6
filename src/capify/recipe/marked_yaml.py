"""YAML with line numbers: values as PyYAML's safe loader makes them, and the line of each key. Imported when needed.

Rule: a key that stands twice is an error; PyYAML alone would let the last one win, silently.
"""

from collections.abc import Iterator
from typing import Any

import yaml


def load_marked(text: str) -> tuple[Any, dict[str, int]]:
    """Read a document; lines are under `key`, and for what stands in `servers` under `servers.HOST` or `servers.0`.

    Raises `yaml.YAMLError`.
    """
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None, {}
        return loader.construct_document(root), dict(_lines(root, ""))
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """The safe loader, which also refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                problem = f"`{key.value}` stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _lines(node: yaml.Node, prefix: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield f"{prefix}{key.value}", key.start_mark.line + 1
            if not prefix and key.value == "servers":
                yield from _lines(value, "servers.")
    elif isinstance(node, yaml.SequenceNode) and prefix:
        for index, value in enumerate(node.value):
            yield f"{prefix}{index}", value.start_mark.line + 1
