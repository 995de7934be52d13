"""The spoken path: text to sound, and sound to the driver at the right moment. It does not decide what to say.

Speaker            what the overlay uses: prepare, say, say again, mute, test phrase
  Voice            text -> Clip: memory, disk cache, then the renderer of the best engine that works
    Helper         the process that renders: espeak-ng, SAPI or Kokoro, one thread, restarted when it dies
  Mixer            Clip -> ear: one always-open stream with a schedule
"""
