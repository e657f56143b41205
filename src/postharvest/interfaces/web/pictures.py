"""Which of our drawings stands for which produce and which place."""

from django.templatetags.static import static

_PRODUCE = {
    "apple": "apple",
    "kiwifruit": "kiwi",
    "mandarin": "orange",
    "navel_orange": "orange",
    "wogan": "orange",
    "kumquat": "orange",
    "pomelo": "orange",
    "persimmon": "persimmon",
    "persimmon_crisp": "persimmon",
    "persimmon_soft": "persimmon",
    "potato": "potato",
    "sweet_potato": "potato",
    "taro": "potato",
    "cane": "sugarcane",
    "fruit-cane": "sugarcane",
    "sugarcane": "sugarcane",
    "sugar_cane": "sugarcane",
    "sugar-cane": "sugarcane",
    "sugarcane_fresh": "sugarcane",
}
_SOUTHERN = ("44", "45", "46", "35", "36", "43", "50", "51", "52", "53")
"""Provinces that look more like Guangxi's hills than like the loess plateau."""


def produce_url(produce_id: str) -> str:
    """Return the picture of a produce, or of a full basket where we have none of its own."""
    return static(f"postharvest/produce/{_PRODUCE.get(produce_id, 'basket')}.svg")


def scene_url(region_code: str) -> str:
    """Return the picture of the country around a county."""
    name = "muge" if region_code.startswith(_SOUTHERN) else "fuping"
    return static(f"postharvest/scene/{name}.svg")
