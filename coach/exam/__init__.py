"""The exam: marks on laps whose truth is known, and simulated students for coaching policies.

It drives laps in the proving ground (`coach.sim`) or reads them from another simulator, hands them to the engine as any recording,
and holds the answers against the truth. It changes neither.
"""
