"""Maps of where a base's parcels go: lanes to the largest markets, and one parcel's way."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from postharvest.interfaces.web import maps
from postharvest.interfaces.web.cards import name_of
from postharvest.interfaces.web.rows import Row

MOST_LANES = 24
MOST_LABELS = 10
ALWAYS_LABELLED = 4
NARROWEST, WIDEST = 1.2, 4.2
ON_TIME, LATE = "var(--post)", "var(--kaki)"


def land_url() -> str:
    """Return where the outlines are served, under their current name."""
    return reverse("web:land", args=[maps.land_version()])


def outline_url() -> str:
    """Return where the same outlines are served as GeoJSON."""
    return reverse("web:outline", args=[maps.land_version()])


def lanes_map(
    *, origin: Row, lanes: Sequence[Row], boxes: Mapping[int, float], late: Sequence[int] = ()
) -> SafeString:
    """Draw a post office's lanes that carry boxes; the more, the wider; late ones in persimmon.

    Each lane is drawn to its markets with the largest demand, since it serves a ring of them.
    """
    picture = maps.Map(maps.view_of(maps.CHINA, width=640, height=440, margin=12),
                       land_url=land_url())  # fmt: skip
    start = (float(origin.lon), float(origin.lat))
    most = max(boxes.values(), default=0.0) or 1.0
    shown = _largest_markets([lane for lane in lanes if boxes.get(lane.pk)])
    for lane, market in shown:
        share = boxes[lane.pk] / most
        picture.lane(
            start,
            (market.lon, market.lat),
            colour=LATE if lane.pk in late else ON_TIME,
            width=NARROWEST + (WIDEST - NARROWEST) * share,
        )
    for _lane, market in shown:
        picture.mark((market.lon, market.lat), colour="var(--ink)", radius=3)
    picture.glow(start, colour="var(--kaki)")
    picture.mark(start, colour="var(--kaki)", radius=7)
    picture.label(start, short_name(origin.county), css="hot", above=True)
    labels = 0
    for _lane, market in shown:
        css = "" if labels < ALWAYS_LABELLED else "minor"
        labels += picture.label((market.lon, market.lat), short_name(market), css=css)
        if labels == MOST_LABELS:
            break
    sentence = _("Lanes from %(place)s to %(n)s markets") % {
        "place": name_of(origin),
        "n": len(shown),
    }
    return picture.svg(sentence)


def way_map(*, origin: Row, market: Row, posted: bool) -> SafeString:
    """Draw one parcel's way: dotted before it is posted, solid from then on."""
    start, end = (float(origin.lon), float(origin.lat)), (float(market.lon), float(market.lat))
    stops = [start, end]
    picture = maps.Map(maps.view_of(stops, width=640, height=220), land_url=land_url())
    if posted:
        picture.route(stops, colour=ON_TIME)
    else:
        picture.route(stops, colour="var(--control)", dash="2 8")
    for place in stops[1:]:
        picture.mark(place, colour="var(--ink)", radius=5)
    picture.glow(start, colour="var(--kaki)")
    picture.mark(start, colour="var(--kaki)", radius=7)
    picture.label(start, short_name(origin.county), css="hot", above=True)
    picture.label(end, short_name(market))
    sentence = _("From %(a)s to %(b)s") % {"a": name_of(origin), "b": short_name(market)}
    return picture.svg(sentence)


def short_name(place: Row) -> str:
    """Write a market's name without its rank."""
    name = name_of(place)
    for rank in ("市", "地区", "县", " City", " Prefecture", " County"):
        name = name.removesuffix(rank)
    return name


def _largest_markets(lanes: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Return (lane, market) of the largest markets over all lanes, the largest first."""
    pairs = [(lane, one.prefecture) for lane in lanes for one in lane.markets.all()]
    pairs.sort(key=lambda pair: -float(pair[1].online_demand_weight))
    return pairs[:MOST_LANES]
