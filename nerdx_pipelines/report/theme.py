"""How the charts look, light and dark; the page's own colours are in `style.css`.

Palettes: Okabe and Ito's, extended to eight and a grey, checked under simulated
deuteranopia, protanopia and tritanopia (every pair differs by at least 12 CIELAB units).
"""

from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SERIES = 8  # colours before the grey, which is for "other"


def _config(
    palette: list[str], surface: str, ink: str, muted: str, line: str, accent: str
) -> dict[str, Any]:
    """A Vega-Lite config; charts name its styles and never a colour."""
    above = {"baseline": "bottom", "dy": -9}
    return {
        "background": None,
        "font": FONT,
        "range": {"category": palette},
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
            "symbolStrokeWidth": 0,
        },
        "title": {"color": ink, "fontSize": 16, "subtitleColor": muted, "anchor": "start"},
        "text": {"color": ink, "fontSize": 12},
        "style": {
            "heading": {"color": ink, "fontSize": 13, "fontWeight": 600, "align": "left", **above},
            "aside": {"color": muted, "fontSize": 12, "align": "right", **above},
            "segment": {"stroke": surface, "strokeWidth": 0.75},
            "range": {"color": line, "strokeWidth": 4, "strokeCap": "round"},
            "accent": {"color": accent},
            "median": {"color": ink},
            "dot": {"stroke": surface, "strokeWidth": 0.75},
        },
    }


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
)
