"""The corner names of the proving ground's circuits agree with their layouts."""

from __future__ import annotations

import pytest

from coach.sim.circuit import circuit_ids, load_circuit
from coach.track.names import named_tracks


@pytest.mark.parametrize("circuit_id", circuit_ids())
def test_names_lie_where_the_layout_has_its_corners(circuit_id: str) -> None:
    circuit = load_circuit(circuit_id)
    named = next(track for track in named_tracks() if f"{circuit_id} (approximation)" in track.match)
    assert named.length_m == pytest.approx(circuit.length_m, abs=1.0)
    assert [corner.apex_frac for corner in named.corners] == pytest.approx([c.apex_m / circuit.length_m for c in circuit.corners], abs=1e-3)
    assert [corner.direction for corner in named.corners] == [c.direction for c in circuit.corners]
