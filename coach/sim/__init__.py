"""The proving ground: circuits, cars and drivers whose mistakes are known, placed and priced, in the data iRacing gives.

It shares no physics with the engine (`coach.physics`): an exam means nothing when examiner and examined share their errors.
"""
