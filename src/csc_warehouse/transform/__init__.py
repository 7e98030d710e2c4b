"""Runs dbt in-process by layer, and keeps its results. The only room that imports dbt."""

from csc_warehouse.transform.context import AuthorityContext, set_context
from csc_warehouse.transform.runner import LAYERS, LayerResult, NodeResult, build_layer, parse_project, prepare_parse

__all__ = [
    "LAYERS",
    "AuthorityContext",
    "LayerResult",
    "NodeResult",
    "build_layer",
    "parse_project",
    "prepare_parse",
    "set_context",
]
