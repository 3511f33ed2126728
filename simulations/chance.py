"""Chance that can be looked up: each draw has an address, and the same address always gives the same number.

An address is (seed, replication, purpose, patient, visit). Because nothing is drawn in turn, a change in one
part of a scenario leaves all other draws as they were, and replications may be run in any order or place.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

GOLDEN, FIRST_FACTOR, SECOND_FACTOR = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
MASK = 0xFFFFFFFFFFFFFFFF
_FIRST, _SECOND = np.uint64(FIRST_FACTOR), np.uint64(SECOND_FACTOR)


class Purpose(IntEnum):
    """What a draw decides."""

    ARRIVAL = 1
    MUNICIPALITY = 2
    DURATION = 3
    EXIT = 4
    DELAY = 5
    TRANSIT = 6
    AWAY = 7
    HAZARD = 8
    READMISSION = 9
    WORK = 10


def key_of(seed: int, replication: int, purpose: int, part: int = 0) -> int:
    """Return the 64-bit key of all draws of one purpose in one replication; *part* tells hazards or streams apart."""
    key = 0
    for number in (seed, replication, purpose, part):
        key = _mixed((key + (number + 1) * GOLDEN) & MASK)
    return key


def name_key(*names: str) -> int:
    """Return a 48-bit number that stands for *names*, the same on every machine."""
    return int.from_bytes(hashlib.sha256("/".join(names).encode()).digest()[:6], "big")


def patient_keys(stream: int, numbers: NDArray[np.int64]) -> Keys:
    """Return the keys of the patients with these *numbers* (0, 1, ...) of a stream of arrivals."""
    return _mix(numbers.astype(np.uint64) + np.uint64((stream * GOLDEN) & MASK))


def uniforms(key: int, patients: Keys, visits: Keys | int = 0) -> Floats:
    """Return one number in (0, 1) for each patient's visit; 2**-54 is the nearest to either end."""
    with np.errstate(over="ignore"):
        told_apart = np.asarray(visits, dtype=np.uint64) * np.uint64(GOLDEN)
        bits = _mix(_mix(patients ^ np.uint64(key)) + told_apart)
    return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def _mix(bits: Keys) -> Keys:
    """Return the bits well shaken (the finaliser of SplitMix64: Steele, Lea, Flood 2014)."""
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


def _mixed(bits: int) -> int:
    bits = ((bits ^ (bits >> 30)) * FIRST_FACTOR) & MASK
    bits = ((bits ^ (bits >> 27)) * SECOND_FACTOR) & MASK
    return bits ^ (bits >> 31)


# Wichura, Algorithm AS 241 (Applied Statistics 37, 1988): the normal quantile to about 1 part in 10**16.
A = (
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
)  # fmt: skip
B = (
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
)  # fmt: skip
C = (
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
)  # fmt: skip
D = (
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
)  # fmt: skip
E = (
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
)  # fmt: skip
F = (
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
)  # fmt: skip


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    total = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total *= x
        total += coefficient
    return total


def normal_quantile(u: Floats) -> Floats:
    """Return the standard normal quantiles of *u*, numbers in (0, 1)."""
    q = u - 0.5
    r = 0.180625 - q * q
    z = q * _polynomial(A, r) / _polynomial(B, r)
    far = np.flatnonzero(r < 0)
    if far.size:
        z[far] = _far_quantile(u[far])
    return z


def _far_quantile(u: Floats) -> Floats:
    r = np.sqrt(-np.log(np.minimum(u, 1.0 - u)))
    near = r - 1.6
    z = _polynomial(C, near) / _polynomial(D, near)
    beyond = r > 5.0
    if beyond.any():
        rest = r[beyond] - 5.0
        z[beyond] = _polynomial(E, rest) / _polynomial(F, rest)
    return np.where(u < 0.5, -z, z)
