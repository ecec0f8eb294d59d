"""Personal data in files: taken out of raw pulls and segments, each file replaced as a whole.

Whose data go is what the warehouse says (`sql/staging/webhooks/redactions.sql`).
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nerdx_pipelines.files import replacing, writing

log = logging.getLogger(__name__)

# What says something of a person, in bodies of Shopify's webhooks, raw pulls and events of a site.
PERSONAL = frozenset(
    """
    address addresses billing_address shipping_address default_address browser_ip client_details
    contact_email customer_locale defaultEmailAddress email email_marketing_consent first_name
    last_name landing_site landing_site_ref multipass_identifier note note_attributes
    order_status_url payment_details phone po_number properties referring_site
    sms_marketing_consent token cart_token checkout_token traits ip userAgent user_agent locale
    latitude longitude firstName lastName
    """.split()  # noqa: SIM905 (words, forty of them)
)
# What `properties` of an event say of the content, or of the list of recommendations, so that one
# that waits to be applied, or is applied anew, still is the touch or impression that it would have
# been; those of a line item all go.
OF_CONTENT = frozenset(
    """
    content_id contentId content_asset_id asset_id product_id productId path url
    list_id listId position products
    """.split()  # noqa: SIM905 (words, twelve of them)
)
IDS = frozenset(
    """
    id customer_id order_id userId user_id shopify_customer_id anonymousId message_id __parentId
    """.split()  # noqa: SIM905 (words, nine of them)
)
# Where somebody was, and came from: what a link adds, to say who follows it, is personal.
PLACES = frozenset(
    """
    url path search href referrer landingPage referrerUrl landing_page
    """.split()  # noqa: SIM905 (words, eight of them)
)
ADDRESS = re.compile(r"""[^\s"'<>]+(@|%40)[^\s"'<>]+""")
CONTENT_OF_LINK = re.compile(r"[?&](utm_content=[^&#]+)")


@dataclass(frozen=True)
class Whom:
    """Whose data go: everybody's, or what names one of these ids or e-mail addresses."""

    ids: frozenset[str] = frozenset()  # of customers and orders, as digits
    emails: frozenset[str] = frozenset()
    everybody: bool = False

    def __bool__(self) -> bool:
        return bool(self.everybody or self.ids or self.emails)

    def named_in(self, value: Any) -> bool:
        """Whether a JSON value is about one of them."""
        if isinstance(value, dict):
            return any(
                (key in IDS and str(each).rsplit("/", 1)[-1] in self.ids) or self.named_in(each)
                for key, each in value.items()
            )
        if isinstance(value, list):
            return any(map(self.named_in, value))
        return isinstance(value, str) and any(email in value.lower() for email in self.emails)


def erase(files: Iterable[Path], whom: Whom) -> int:
    """Take the personal data of `whom` out of JSONL files; how many of them had any.

    A file is replaced as a whole or stays as it is. A line that is no JSON goes if it mentions
    one of them. Raises DiskError for a file that cannot be written.
    """
    needles = [text.encode() for text in whom.ids | whom.emails]
    changed = 0
    for file in files:
        with writing(file):
            if whom.everybody or _mentions(file, needles):
                changed += _rewrite(file, whom, needles)
    return changed


def _mentions(file: Path, needles: list[bytes]) -> bool:
    with file.open("rb") as lines:
        return any(needle in line.lower() for line in lines for needle in needles)


def _rewrite(file: Path, whom: Whom, needles: list[bytes]) -> bool:
    changed = False
    with replacing(file) as fresh, file.open("rb") as lines, fresh.open("wb") as kept:
        for line in lines:
            if whom.everybody or any(needle in line.lower() for needle in needles):
                cleansed = b"".join(_cleansed(line, whom))
                changed |= cleansed != line
                kept.write(cleansed)
            else:
                kept.write(line)
    return changed


def _cleansed(line: bytes, whom: Whom) -> Iterator[bytes]:
    """The line without what is personal, as it is if there is nothing, or not at all."""
    try:
        record = json.loads(line)
        body = json.loads(record["body"]) if isinstance(record.get("body"), str) else record
    except (ValueError, AttributeError):
        return
    told = {**record, "body": body}
    if not whom.everybody and not whom.named_in(told):
        yield line
        return
    rest = _without(body)
    if rest == body:
        yield line
    elif body is record:
        yield json.dumps(rest).encode() + b"\n"
    else:
        yield json.dumps({**record, "body": json.dumps(rest)}).encode() + b"\n"


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        rest = {
            key: _bare(each) if key in PLACES and isinstance(each, str) else _without(each)
            for key, each in value.items()
            if key not in PERSONAL
        }
        if isinstance(said := value.get("properties"), dict):
            rest["properties"] = _without({key: said[key] for key in OF_CONTENT & said.keys()})
        return rest
    if isinstance(value, list):
        return [_without(each) for each in value]
    return None if isinstance(value, str) and ADDRESS.search(value) else value


def _bare(place: str) -> str:
    """A URL, path or query without its query, but for the content that it names."""
    named = CONTENT_OF_LINK.search(place)
    rest = re.split(r"[?#]", place, maxsplit=1)[0] + (f"?{named[1]}" if named else "")
    return ADDRESS.sub("", rest)
