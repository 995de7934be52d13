"""The overlay's widgets: one file each, plain QPainter, repainted only when what they show changed."""

from overlay.widgets.coach_status import CoachStatus
from overlay.widgets.corner_losses import CornerLosses
from overlay.widgets.cue_line import CueLinePanel
from overlay.widgets.delta_bar import DeltaBar
from overlay.widgets.inputs import InputsPanel
from overlay.widgets.minimap import MiniMapPanel
from overlay.widgets.panel import Panel

PANELS: tuple[type[Panel], ...] = (DeltaBar, CueLinePanel, CornerLosses, InputsPanel, MiniMapPanel, CoachStatus)
