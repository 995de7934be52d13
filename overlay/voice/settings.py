"""What the voice needs to know to start: the driver's settings, and the folders it works in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from overlay.folders import cache_folder
from overlay.settings.model import Voice as VoiceChoice
from overlay.settings.rules import range_of
from overlay.voice.engine import KOKORO, EngineChoice, system_engine
from overlay.voice.model import is_installed, model_folder
from overlay.voice.notice import Level

SPEED_RANGE = range_of(VoiceChoice, "speed")
_LEAST_MS, _MOST_MS = range_of(VoiceChoice, "output_delay_ms")
DELAY_RANGE_S = _LEAST_MS / 1000, _MOST_MS / 1000


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Everything has a default that works on a fresh machine with nothing installed."""

    level: Level = Level.KOKORO  # the best one wanted; Kokoro only when installed
    kokoro_voice: str = ""  # empty: the engine's best
    system_voice: str = ""
    speed: float = 1.0  # 1 is calm
    volume: float = 1.0  # factor
    device: str = ""  # empty: the system's output; otherwise a part of its name
    output_delay_s: float = 0.0  # what the device adds without telling, as Bluetooth does
    model: Path | None = None  # folder of the neural voice; None: this user's
    cache: Path | None = None  # folder of rendered phrases; None: this user's

    def engines(self) -> list[EngineChoice]:
        """Best first; the neural voice is no trouble when it was never installed."""
        if self.level in {Level.TONES, Level.TEXT}:
            return []
        folder = self.model or model_folder()
        kokoro = [EngineChoice(KOKORO, self.kokoro_voice, folder)] if self.level is Level.KOKORO and is_installed(folder) else []
        return [*kokoro, system_engine(self.system_voice)]

    def cache_folder(self) -> Path:
        """Where rendered phrases are kept."""
        return self.cache or cache_folder() / "phrases"


def engine_named(chosen: VoiceChoice) -> EngineChoice | None:
    """The engine whose voice the settings name; None where none is to speak, or another one speaks as long as it is not installed."""
    level = Level(chosen.engine)
    if level is Level.SYSTEM:
        return system_engine()
    return EngineChoice(KOKORO, folder=model_folder()) if level is Level.KOKORO and is_installed(model_folder()) else None


def voice_settings(chosen: VoiceChoice) -> VoiceSettings:
    """From the driver's settings file."""
    level = Level(chosen.engine)
    return VoiceSettings(
        level=level,
        kokoro_voice=chosen.name if level is Level.KOKORO else "",
        system_voice=chosen.name if level is Level.SYSTEM else "",
        speed=chosen.speed,
        volume=chosen.volume,
        device=chosen.device,
        output_delay_s=chosen.output_delay_ms / 1000,
    )
