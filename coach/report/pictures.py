"""The report's pictures as PNG files, for those who share a picture rather than a page. Same colours, same order."""

from __future__ import annotations

import io
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from coach.compare.compare import delta_of
from coach.compare.comparison import Comparison
from coach.look import tokens
from coach.report.analysis import Analysis, loss_rate
from coach.report.charts import KMH, full_scale
from coach.report.page import reference_label, track_title, worst_corners
from coach.wording import clock

DPI = 120


def pictures(analysis: Analysis) -> dict[str, bytes]:
    """PNG files by name; empty without a comparison."""
    if analysis.comparison is None:
        return {}
    drawn: dict[str, Callable[[Analysis, Comparison], Figure | None]] = {"map.png": _map, "lap.png": _lap}
    figures = {name: draw(analysis, analysis.comparison) for name, draw in drawn.items()}
    return {name: _png(figure) for name, figure in figures.items() if figure is not None}


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    with mpl.rc_context({"savefig.facecolor": "auto"}):
        figure.savefig(stream, format="png", dpi=DPI, facecolor=figure.get_facecolor(), metadata={"Software": None})
    return stream.getvalue()


def _map(analysis: Analysis, comparison: Comparison) -> Figure | None:
    track = comparison.track
    if not np.isfinite(track.x_m).all():
        return None
    assert analysis.choice is not None
    look = tokens()["dark"]
    own, reference = analysis.shown[0], analysis.choice.references[0]
    rate = loss_rate(own, reference)
    full = full_scale([rate])
    x, y = np.append(track.x_m, track.x_m[0]), np.append(track.y_m, track.y_m[0])
    station = np.linspace(0.0, track.length_m, len(x))
    points = np.stack([x, y], axis=1)[:, None, :]
    lines = LineCollection(
        list(np.concatenate([points[:-1], points[1:]], axis=1)),
        array=np.interp(station[:-1], np.arange(len(rate)) * own.trace.step_m, rate) / full,
        cmap=LinearSegmentedColormap.from_list("loss", [look["gaining"], look["line"], look["losing"]]),
        linewidths=6,
        capstyle="round",
    )
    lines.set_clim(-1.0, 1.0)
    figure, axes = _figure(8.0, 6.0, 1)
    axes[0].add_collection(lines)
    worst = worst_corners(comparison)
    for corner in track.corners:
        i = round(corner.apex_m / track.step_m) % len(track.x_m)
        away = -corner.direction * np.array([-np.sin(track.heading_rad[i]), np.cos(track.heading_rad[i])]) * 0.05 * np.ptp(points)
        colour = look["losing"] if corner.number in worst else look["text"]
        axes[0].text(
            x[i] + away[0], y[i] + away[1], corner.turn_number, color=colour, ha="center", va="center", fontsize=12, fontweight="bold"
        )
    axes[0].set_aspect("equal")
    axes[0].autoscale_view()
    axes[0].axis("off")
    axes[0].set_title(
        f"{track_title(analysis)}: time lost per metre, {clock(own.lap.lap_time_s)} against {reference_label(comparison)}",
        color=look["text"],
    )
    return figure


def _lap(analysis: Analysis, comparison: Comparison) -> Figure:
    """Delta, speed and pedals over station, own lap solid, reference thin and grey."""
    assert analysis.choice is not None
    look = tokens()["dark"]
    own, reference = analysis.shown[0], analysis.choice.references[0]
    inside = slice(own.trace.start, own.trace.stop + 1)
    station = own.trace.grid["station_m"][inside]
    figure, axes = _figure(12.0, 7.0, 3)
    delta = delta_of(own, reference)
    axes[0].fill_between(station, delta, 0.0, where=list(delta > 0.0), color=look["losing"], alpha=0.25)
    axes[0].plot(station, delta, color=look["losing"])
    axes[0].set_ylabel("delta, s")
    for lap, style in ((reference, {"color": look["reference"], "lw": 1.0}), (own, {"color": look["text"], "lw": 1.6})):
        axes[1].plot(station, lap.trace.grid["speed_mps"][inside] * KMH, **style)
    axes[1].set_ylabel("speed, km/h")
    for names, colour in ((("throttle_raw_frac", "throttle_frac"), look["throttle"]), (("brake_raw_frac", "brake_frac"), look["brake"])):
        for lap, style in ((reference, {"color": look["reference"], "lw": 0.8}), (own, {"color": colour, "lw": 1.4})):
            name = next((name for name in names if lap.trace.has(name)), None)
            if name is not None:
                axes[2].plot(station, lap.trace.grid[name][inside] * 100.0, **style)
    axes[2].set_ylabel("pedals, %")
    axes[2].set_xlabel("station, m")
    for axis in axes:
        for corner in comparison.track.corners:
            axis.axvspan(corner.turn_in_m, corner.turn_out_m, color=look["raised"], zorder=0)
        axis.set_xlim(0.0, comparison.track.length_m)
        axis.grid(color=look["line"], lw=0.4)
    for corner in comparison.track.corners:
        axes[0].text(corner.apex_m, 1.02, corner.turn_number, transform=axes[0].get_xaxis_transform(), ha="center", color=look["quiet"])
    figure.suptitle(
        f"{track_title(analysis)}: lap {own.lap.number}, {clock(own.lap.lap_time_s)}, against {reference_label(comparison)}",
        color=look["text"],
    )
    return figure


def _figure(width_in: float, height_in: float, rows: int) -> tuple[Figure, list[Axes]]:
    look = tokens()["dark"]
    figure = Figure(figsize=(width_in, height_in), layout="constrained", facecolor=look["background"])
    axes = [figure.add_subplot(rows, 1, k + 1) for k in range(rows)]
    for axis in axes:
        axis.set_facecolor(look["surface"])
        axis.tick_params(colors=look["quiet"])
        axis.yaxis.label.set_color(look["quiet"])
        axis.xaxis.label.set_color(look["quiet"])
        for spine in axis.spines.values():
            spine.set_color(look["line"])
    return figure, axes
