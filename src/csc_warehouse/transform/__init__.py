"""Runs dbt in-process by layer, and keeps its results. The only room that imports dbt."""

from csc_warehouse.transform.by_hand import run as run_by_hand
from csc_warehouse.transform.by_hand import write_documentation, write_profile
from csc_warehouse.transform.rectified_rows import RectificationState, apply_rectifications, rectification_states
from csc_warehouse.transform.removed_indicators import forget_removed_indicators
from csc_warehouse.transform.run_context import AuthorityContext, set_context
from csc_warehouse.transform.runner import (
    LAYERS,
    LayerResult,
    NodeResult,
    build_layer,
    parse_project,
    prepare_parse,
    write_manifest,
)
from csc_warehouse.transform.semantic_layer import SemanticLayer

__all__ = [
    "LAYERS",
    "AuthorityContext",
    "LayerResult",
    "NodeResult",
    "RectificationState",
    "SemanticLayer",
    "apply_rectifications",
    "build_layer",
    "forget_removed_indicators",
    "parse_project",
    "prepare_parse",
    "rectification_states",
    "run_by_hand",
    "set_context",
    "write_documentation",
    "write_manifest",
    "write_profile",
]
