"""Quantities as people say them: "ten metres later", "two tenths". Only words and rounding; what is worth saying is decided elsewhere."""

from __future__ import annotations

from enum import StrEnum

from coach.wording import catalogue

M_PER_FT = 0.3048
M_PER_CAR_LENGTH = 4.5  # of a GT or touring car; the yardstick of coaches and spotters
KMH_PER_MPH = 1.609344


class LengthUnit(StrEnum):
    """What the driver thinks in."""

    METRES = "m"
    FEET = "ft"
    CAR_LENGTHS = "car_length"


class SpeedUnit(StrEnum):
    """What the driver thinks in."""

    KMH = "kmh"
    MPH = "mph"


def spoken_length(length_m: float, unit: LengthUnit = LengthUnit.METRES, language: str = "en") -> str:
    """A length without its sign, as exactly as a driver can use it: whole units below 10, fives below 50, tens above."""
    amount = abs(length_m) / {LengthUnit.METRES: 1.0, LengthUnit.FEET: M_PER_FT, LengthUnit.CAR_LENGTHS: M_PER_CAR_LENGTH}[unit]
    step = 1 if amount < 10 else 5 if amount < 50 else 10
    return _amount(_round(amount, step), unit.value, language)


def spoken_later(length_m: float, unit: LengthUnit = LengthUnit.METRES, language: str = "en") -> str:
    """A shift along the track, + further on: "ten metres later"."""
    word = "later" if length_m >= 0 else "earlier"
    return str(catalogue(language)["quantity"][word].format(amount=spoken_length(length_m, unit, language)))


def spoken_time(time_s: float, language: str = "en") -> str:
    """A time without its sign: hundredths below a tenth, tenths below a second, then seconds with one decimal."""
    hundredths, tenths = _round(abs(time_s) * 100, 1), _round(abs(time_s) * 10, 1)
    if hundredths < 10:
        return _amount(hundredths, "hundredth", language)
    if tenths == 5:
        return str(catalogue(language)["quantity"]["half_second"])
    if tenths < 10:
        return _amount(tenths, "tenth", language)
    if tenths % 10 == 0:
        return _amount(tenths // 10, "second", language)
    return str(catalogue(language)["quantity"]["unit"]["second"][1].format(n=f"{tenths / 10:.1f}"))


def spoken_speed(speed_mps: float, unit: SpeedUnit = SpeedUnit.KMH, language: str = "en") -> str:
    """A difference of speed without its sign, in whole units."""
    kmh = abs(speed_mps) * 3.6
    return _amount(_round(kmh / KMH_PER_MPH if unit is SpeedUnit.MPH else kmh, 1), unit.value, language)


def spoken_number(number: int, language: str = "en") -> str:
    """A number in words where the catalogue has one, else in digits."""
    words = catalogue(language)["quantity"]
    if 0 <= number < len(words["numbers"]):
        return str(words["numbers"][number])
    return str(words["larger"].get(str(number), number))


def _amount(number: int, unit: str, language: str) -> str:
    one, many = catalogue(language)["quantity"]["unit"][unit]
    return str((one if number == 1 else many).format(n=spoken_number(number, language)))


def _round(value: float, step: int) -> int:
    """To the nearest step, halves up: people do not round to even."""
    return int(value / step + 0.5 + 1e-9) * step  # 1e-9: 0.15 s is 14.999999999999998 hundredths
