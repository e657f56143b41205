import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postharvest.interfaces.web.draw import Padding, Plot, ticks


@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e6))
def test_ticks_cover_the_interval_in_equal_steps(low, width):
    values = ticks(low, low + width)
    assert values[0] <= low + 1e-6 * abs(low) + 1e-9
    assert values[-1] >= low + width - 1e-6 * abs(low + width) - 1e-9
    assert len(values) <= 8
    steps = [b - a for a, b in itertools.pairwise(values)]
    assert max(steps) == pytest.approx(min(steps))


def plot(**more):
    return Plot(
        width=200,
        height=100,
        x=(0, 10),
        y=(0, 50),
        padding=Padding(top=10, right=10, bottom=10, left=10),
        **more,
    )


def test_the_corners_of_the_values_are_the_corners_of_the_paper():
    p = plot()
    assert (p.across(0), p.across(10)) == (10, 190)
    assert (p.down(0), p.down(50)) == (90, 10)


def test_words_cannot_become_markup():
    p = plot()
    p.text(1, 1, "<script>")
    svg = p.svg('a "quoted" & odd <title>')
    assert "<script>" not in svg
    assert 'aria-label="a &quot;quoted&quot; &amp; odd &lt;title&gt;"' in svg


def test_a_bar_below_zero_hangs_from_zero():
    p = Plot(width=200, height=100, x=(0, 1), y=(-10, 10), padding=Padding())
    p.bar(0, -5, width=10)
    assert f'y="{p.down(0):.1f}"' in p.svg("loss")


def test_a_chart_of_one_value_is_drawn_all_the_same():
    assert "viewBox" in Plot(width=10, height=10, x=(3, 3), y=(0, 0)).svg("flat")


def test_bars_are_drawn_as_wide_as_the_desk_asks_so_that_words_stay_small():
    from postharvest.interfaces.web import charts

    figure = charts.bars(
        values=[1, 2], labels=["a", "b"], desk=charts.FULL, caption="", sentence="x"
    )
    assert f'viewBox="0 0 {charts.FULL:g} ' in figure.desk
    assert f'viewBox="0 0 {charts.PHONE:g} ' in figure.phone
