"""How far and how long: great circles on a sphere, and a travel model where no road matrix exists.

The operator's own time matrix always wins; this is what stands in for it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0088  # mean radius R1, Moritz (2000), doi 10.1007/s001900050278


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelModel:
    """Road hours from the great circle: a detour index and three speeds.

    ``detour`` is the mean of 25 Chinese cities (Annals of GIS 2021,
    doi 10.1080/19475683.2021.1966503), measured inside cities; the speeds are assumptions.
    ``legs_km`` are the road kilometres driven at each speed before the next one applies.
    """

    detour: float = 1.324
    legs_km: tuple[float, float] = (20.0, 80.0)
    speeds_km_h: tuple[float, float, float] = (30.0, 50.0, 70.0)

    def __post_init__(self) -> None:
        if not self.detour >= 1:
            raise ValueError("detour: a road is never shorter than the great circle")
        if not all(speed > 0 for speed in self.speeds_km_h):
            raise ValueError("speeds_km_h: every speed must be above 0")

    def hours(self, great_circle_km: Floats) -> Floats:
        """Driving hours of great-circle kilometres; grows with distance, so order is kept."""
        road_km = great_circle_km * self.detour
        slow, middle = self.legs_km
        first, second, rest = self.speeds_km_h
        hours: Floats = (
            np.minimum(road_km, slow) / first
            + np.clip(road_km - slow, 0.0, middle) / second
            + np.maximum(road_km - slow - middle, 0.0) / rest
        )
        return hours


def great_circle_km(lat_a: Floats, lon_a: Floats, lat_b: Floats, lon_b: Floats) -> Floats:
    """Haversine kilometres between degrees that broadcast against each other."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_lat = (phi_b - phi_a) / 2
    half_lon = (np.radians(lon_b) - np.radians(lon_a)) / 2
    h = np.sin(half_lat) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lon) ** 2
    km: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(h, 1.0)))
    return km


def unit_vectors(lat: Floats, lon: Floats) -> Floats:
    """Points on the unit sphere, shape (n, 3): the nearest chord is the nearest great circle."""
    phi, lam = np.radians(lat), np.radians(lon)
    xyz: Floats = np.column_stack(
        (np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi))
    )
    return xyz


def chord_km(chord: Floats) -> Floats:
    """Great-circle kilometres of a chord between unit vectors."""
    km: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    return km
