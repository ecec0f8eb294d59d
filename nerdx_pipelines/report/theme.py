"""How the charts look, light and dark; the page's own colours are in `style.css`.

Palettes: Okabe and Ito's, extended to eight and a grey, checked under simulated
deuteranopia, protanopia and tritanopia (every pair differs by at least 12 CIELAB units).
"""

from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
STRIPES = 24  # of the hatched band


def _config(
    palette: list[str], surface: str, ink: str, muted: str, line: str, accent: str, pale: str
) -> dict[str, Any]:
    """A Vega-Lite config; charts name its styles and never a colour."""
    above = {"baseline": "bottom", "dy": -9}
    return {
        "background": None,
        "font": FONT,
        "range": {"category": palette, "ramp": [pale, accent], "heatmap": [pale, accent]},
        "view": {"stroke": None},
        "axis": {
            "labelColor": muted,
            "titleColor": muted,
            "titleFontWeight": "normal",
            "titleFontSize": 12,
            "labelFontSize": 12,
            "gridColor": line,
            "domainColor": line,
            "tickColor": line,
        },
        "legend": {
            "labelColor": ink,
            "labelFontSize": 12,
            "titleColor": muted,
            "titleFontWeight": "normal",
            "symbolStrokeWidth": 0,
        },
        "title": {"color": ink, "fontSize": 16, "subtitleColor": muted, "anchor": "start"},
        "text": {"color": ink, "fontSize": 12},
        "style": {
            "heading": {"color": ink, "fontSize": 13, "fontWeight": 600, "align": "left", **above},
            "aside": {"color": muted, "fontSize": 12, "align": "right", **above},
            "segment": {"stroke": surface, "strokeWidth": 0.75},
            "range": {"color": line, "strokeWidth": 4, "strokeCap": "round"},
            "interval": {"color": ink, "strokeWidth": 1},
            "joined": {"color": line, "strokeWidth": 3},
            "accent": {"color": accent},
            "median": {"color": ink},
            "dot": {"stroke": surface, "strokeWidth": 0.75},
            "hatched": {"color": _stripes(surface), "opacity": 0.75},
            "marker": {"color": ink, "strokeWidth": 1.5, "strokeDash": [4, 3]},
            "edge": {"color": muted, "strokeWidth": 1.5},
            "marked": {"color": ink, "fontSize": 12, "baseline": "top"},
            "figure": {"color": ink, "fontSize": 12, "align": "left", "baseline": "top", "dy": 8},
            "title-of-row": {
                **{"color": ink, "fontSize": 13, "fontWeight": 600, "align": "left"},
                **above,
            },
            "cell": {"stroke": surface, "strokeWidth": 1},
            "hollow": {"color": muted, "strokeWidth": 1.25},
            "ribbon": {"opacity": 0.45},
            "node-name": {"color": ink, "fontSize": 12, "baseline": "middle"},
        },
    }


def _stripes(colour: str) -> dict[str, Any]:
    """A fill of slanted stripes of the colour, with nothing between them."""
    stops = []
    for stripe in range(STRIPES):
        for edge, seen in ((0, colour), (0.5, colour), (0.5, "transparent"), (1, "transparent")):
            stops.append({"offset": (stripe + edge) / STRIPES, "color": seen})
    # Steep enough to be seen on a band of one week, slanted enough to be no axis.
    return {"gradient": "linear", "x1": 0, "y1": 0, "x2": 0.17, "y2": 1.13, "stops": stops}


LIGHT = _config(
    palette=[
        *("#0072B2", "#E69F00", "#009E73", "#CC79A7"),
        *("#56B4E9", "#D55E00", "#332288", "#7A1F3D", "#B9B9BE"),
    ],
    surface="#ffffff",
    ink="#1d1d21",
    muted="#62626a",
    line="#e4e4e8",
    accent="#0072B2",
    pale="#dcecf6",
)
DARK = _config(
    palette=[
        *("#3D95DB", "#F2B035", "#1FAE86", "#E08FBF"),
        *("#9AD6FF", "#E0611F", "#6A5ACD", "#F5EE8F", "#5E5E66"),
    ],
    surface="#1b1d21",
    ink="#ececf0",
    muted="#a2a2ab",
    line="#35373d",
    accent="#3D95DB",
    pale="#1f3850",
)
