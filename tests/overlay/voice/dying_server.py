"""A program whose sound server dies in the moment in which the output starts, and is there again later. It prints what the mixer tells."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import rtmixer

from overlay.voice import devices
from overlay.voice.mixer import Mixer
from overlay.voice.notice import Notice, Notices
from overlay.voice.tones import brake_tick
from tests.overlay.voice.sound_server import SoundServer

REAL = rtmixer.Mixer
devices.STARTS_WITHIN_S = 2.0  # the server is killed after half a second


class Doomed(REAL):  # type: ignore[misc,valid-type]
    """A stream during whose first start the server stands still, and is then killed."""

    def start(self) -> Any:
        rtmixer.Mixer = REAL
        assert server.process
        os.kill(server.process.pid, signal.SIGSTOP)
        threading.Timer(0.5, server.kill).start()
        return super().start()


server = SoundServer()
os.environ.update(server.environment)
server.start()
rtmixer.Mixer = Doomed
told, told_over = threading.Event(), threading.Event()


def tell(notice: Notice) -> None:
    print(notice.trouble.name, "over" if notice.over else notice.text, flush=True)
    (told_over if notice.over else told).set()


mixer = Mixer(Notices(tell))
told.wait(15)
server.start()
told_over.wait(15)  # by another thread, which has opened the output a moment before
print("open", mixer.wait_open(15), flush=True)
playback = mixer.play(brake_tick())
print("refused", playback.refused, flush=True)
mixer.close()
server.remove()
