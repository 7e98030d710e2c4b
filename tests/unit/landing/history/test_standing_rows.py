"""What stands, as the server gives it in one piece: the same keys and hashes as line by line."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from csc_warehouse.landing.history.standing_rows import _joined_table, _quoted_table

HASHES = st.text("0123456789abcdef", min_size=16, max_size=16)
KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), min_size=1, max_size=8)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(HASHES, KEYS), min_size=1, max_size=10))
def test_state_when_in_one_piece_then_as_line_by_line(rows: list[tuple[str, str]]) -> None:
    joined = _joined_table("".join(digest for digest, _ in rows), "\n".join(key for _, key in rows))
    quoted = _quoted_table("\n".join(f'{digest},"{key.replace(chr(34), chr(34) * 2)}"' for digest, key in rows))
    assert joined is not None
    assert list(zip(*joined.to_pydict().values(), strict=True)) == rows
    assert joined.equals(quoted.combine_chunks())


def test_state_when_a_key_holds_a_line_break_then_not_cut_there() -> None:
    assert _joined_table("0" * 32, "a\nb\nc") is None
    assert _quoted_table(f'{"0" * 16},"a\nb"\n{"1" * 16},"c"').column("row_key").to_pylist() == ["a\nb", "c"]
