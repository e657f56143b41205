"""Where things are on the globe: great-circle distance, and a seeded spread around a point."""

import hashlib
import math

EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = math.pi * EARTH_RADIUS_KM / 180


def great_circle_km(*, lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the haversine distance between two points given in degrees (WGS 84)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_dphi, half_dlambda = (phi2 - phi1) / 2, math.radians(lon2 - lon1) / 2
    h = math.sin(half_dphi) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_dlambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def spread(*, lat: float, lon: float, radius_km: float, seed: str) -> tuple[float, float]:
    """Return a point within a radius of another, evenly over the disc, always the same for a seed.

    Digest bytes serve as the draw, so the place does not move with a library's generator.
    """
    digest = hashlib.sha256(seed.encode()).digest()
    first, second = (int.from_bytes(digest[i : i + 8], "big") / 2**64 for i in (0, 8))
    distance_km, bearing = radius_km * math.sqrt(first), 2 * math.pi * second
    north_km, east_km = distance_km * math.cos(bearing), distance_km * math.sin(bearing)
    return (
        lat + north_km / KM_PER_DEGREE,
        lon + east_km / (KM_PER_DEGREE * math.cos(math.radians(lat))),
    )
