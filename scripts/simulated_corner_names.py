"""Write the corner-name files of the proving ground's circuits from their layouts, so that a report on a simulated drive uses the same corner numbers."""

from __future__ import annotations

from pathlib import Path

from coach.sim.circuit import Circuit, circuit_ids, load_circuit

FOLDER = Path(__file__).parents[1] / "coach" / "track" / "tracks"
HEAD = """# SPDX-License-Identifier: CC0-1.0
# Written by scripts/simulated_corner_names.py from coach/sim/circuits/{id}.toml; numbers as `racing-coach simulate` takes them.
# Format: docs/track-map.md
schema = 1
name = "{name}"
match = ["{id} (approximation)"]
length_m = {length:.1f}
# No place: these names are for simulated drives only, which always state their track.
lat_deg = 0.0
lon_deg = 0.0
tolerance_frac = 0.015
"""
CORNER = """
[[corner]]
number = "{number}"
name = "{name}"
direction = "{direction}"
apex_frac = {apex:.4f}
"""


def names_of(circuit: Circuit) -> str:
    """The file's text."""
    head = HEAD.format(id=circuit.id, name=circuit.name, length=circuit.length_m)
    corners = [
        CORNER.format(
            number=c.number,
            name="" if c.name == f"Turn {c.number}" else c.name,
            direction="L" if c.direction > 0 else "R",
            apex=c.apex_m / circuit.length_m,
        )
        for c in circuit.corners
    ]
    return head + "".join(corners)


if __name__ == "__main__":
    for circuit_id in circuit_ids():
        (FOLDER / f"simulated_{circuit_id.replace('-', '_')}.toml").write_text(names_of(load_circuit(circuit_id)), encoding="utf-8")
