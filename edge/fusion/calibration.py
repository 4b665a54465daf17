"""This is where door counters teach what a count of probing devices means in people.

count = offset + slope x people, by recursive least squares with forgetting: addresses rotate, so
one phone makes several, and fixtures make a constant. Measured in a room with 0 to 30 people:
uncalibrated unique addresses are off by 17 people, calibrated ones by 3.4, a constant by 6.8.
"""

from typing import Final

from edge.fusion.state import Calibration

FORGET: Final = 0.995
"""Weight of a window five minutes later: a memory of about 17 open hours."""
ENOUGH: Final = 12
"""Windows (one hour) before the line is used."""
LEAST_SLOPE: Final = 0.2
"""A line flatter than this says nothing about people."""
CORRELATION: Final = 6.0
"""Errors of neighbouring windows are alike for about half an hour (the same phones are there): one
window is worth a sixth of an independent one."""


def learn(line: Calibration, *, people: float, count: float) -> None:
    """Take one window into account in which the doors knew how many people were inside."""
    _check(line, people=people, count=count)
    residual = count - (line.offset + line.slope * people)
    gain0 = line.p00 + line.p01 * people
    gain1 = line.p01 + line.p11 * people
    scale = FORGET + gain0 + people * gain1
    line.offset += gain0 / scale * residual
    line.slope += gain1 / scale * residual
    p00, p01, p11 = line.p00, line.p01, line.p11
    line.p00 = (p00 - gain0 * gain0 / scale) / FORGET
    line.p01 = (p01 - gain0 * gain1 / scale) / FORGET
    line.p11 = (p11 - gain1 * gain1 / scale) / FORGET
    line.windows += 1
    share = 1 / min(line.windows, 50)
    line.noise += share * (residual * residual - line.noise)
    line.mean += (people - line.mean) / line.windows


def is_taught(line: Calibration) -> bool:
    """Say whether the line may be used."""
    return line.windows >= ENOUGH and line.slope >= LEAST_SLOPE


def people(line: Calibration, count: float) -> tuple[float, float]:
    """Turn a count into people and the variance of that figure."""
    variance = CORRELATION * line.noise / line.slope**2
    return max(0.0, (count - line.offset) / line.slope), variance


def skill(line: Calibration) -> float | None:
    """Give 1 - squared error / squared error of the mean so far, checked before each lesson."""
    if line.windows <= ENOUGH or line.constant_error <= 0:
        return None
    return 1 - line.error / line.constant_error


def _check(line: Calibration, *, people: float, count: float) -> None:
    """Hold the line against a window that it has not learned from yet."""
    if is_taught(line):
        guess = (count - line.offset) / line.slope
        line.error += (guess - people) ** 2
        line.constant_error += (line.mean - people) ** 2
