-- One row an event of the segments that may matter, duplicates included, with the reason if it
-- cannot be used. When an event happened is Segment's reckoning: a `timestamp` beside an
-- originalTimestamp is corrected already; otherwise the device's own time is moved by what its
-- clock was off when it sent the event.
-- `said` is no table but what the JSON holds; a line that is none has few columns.
-- noqa: disable=RF03,AM07
CREATE OR REPLACE TEMP TABLE read_events AS
WITH told AS (  -- one row a line that is a record
    SELECT
        message_id, type, filename AS file, body, instant(received_at) AS arrived,
        CASE
            WHEN json_valid(body) THEN json_transform(body, '{
                "event": "VARCHAR", "userId": "VARCHAR", "anonymousId": "VARCHAR",
                "timestamp": "VARCHAR", "originalTimestamp": "VARCHAR", "sentAt": "VARCHAR",
                "traits": {
                    "shopify_customer_id": "VARCHAR", "shopifyCustomerId": "VARCHAR",
                    "email": "VARCHAR"
                },
                "properties": {
                    "content_id": "VARCHAR", "contentId": "VARCHAR",
                    "content_asset_id": "VARCHAR", "asset_id": "VARCHAR",
                    "product_id": "VARCHAR", "productId": "VARCHAR",
                    "path": "VARCHAR", "url": "VARCHAR",
                    "list_id": "VARCHAR", "listId": "VARCHAR", "position": "INTEGER",
                    "products": [{
                        "product_id": "VARCHAR", "productId": "VARCHAR",
                        "content_id": "VARCHAR", "contentId": "VARCHAR", "position": "INTEGER"
                    }]
                },
                "context": {
                    "page": {"path": "VARCHAR", "url": "VARCHAR", "search": "VARCHAR"},
                    "campaign": {"content": "VARCHAR"},
                    "traits": {
                        "shopify_customer_id": "VARCHAR", "shopifyCustomerId": "VARCHAR",
                        "email": "VARCHAR"
                    }
                }
            }')
        END AS said
    FROM raw_event
    WHERE message_id IS NOT NULL OR type IS NOT NULL OR body IS NOT NULL
),

named AS (  -- the same; each thing by the first of its names that is filled in
    SELECT
        message_id, type, file, body, arrived, said,
        nullif(trim(said.event), '') AS event,
        -- An e-mail address is nobody's name: it is personal, and kept as its digest only.
        if(said.anonymousId LIKE '%_@_%', NULL, nullif(trim(said.anonymousId), ''))
            AS anonymous_id,
        nullif(trim(said.userId), '') AS own_user_id,
        coalesce(
            shop_id(said.traits.shopify_customer_id, 'Customer'),
            shop_id(said.traits.shopifyCustomerId, 'Customer'),
            shop_id(said.context.traits.shopify_customer_id, 'Customer'),
            shop_id(said.context.traits.shopifyCustomerId, 'Customer'),
            shop_id(said.userId, 'Customer')
        ) AS user_id,
        coalesce(
            email_digest(said.traits.email), email_digest(said.context.traits.email),
            email_digest(said.userId), email_digest(said.anonymousId)
        ) AS email_digest,
        said.timestamp AS given,
        said.originalTimestamp AS original,
        instant(given) AS given_at,
        instant(original) AS original_at,
        instant(said.sentAt) AS sent_at,
        nullif(trim(coalesce(
            said.properties.content_id, said.properties.contentId,
            said.properties.content_asset_id, said.properties.asset_id
        )), '') AS content_id,
        shop_id(coalesce(said.properties.product_id, said.properties.productId), 'Product')
            AS product_id,
        page_name(coalesce(
            said.properties.path, said.context.page.path,
            said.properties.url, said.context.page.url
        )) AS page,
        coalesce(
            nullif(said.context.campaign.content, ''),
            utm_content(said.properties.url), utm_content(said.context.page.url),
            utm_content(said.context.page.search)
        ) AS campaign_content,
        -- A list that we made, of which Segment's events of that name tell what was shown.
        nullif(regexp_extract(
            coalesce(said.properties.list_id, said.properties.listId),
            '^\s*nerdx:([a-z_]+)\s*$', 1, 'i'
        ), '') AS slot,
        CASE
            WHEN type <> 'track' OR slot IS NULL THEN NULL
            WHEN regexp_full_match(event, '(product|content) list viewed', 'i') THEN 'viewed'
            WHEN regexp_full_match(event, '(product|content) clicked', 'i') THEN 'clicked'
        END AS list_event,
        [
            {
                'product_id': shop_id(coalesce(item.product_id, item.productId), 'Product'),
                'content_id': nullif(trim(coalesce(item.content_id, item.contentId)), ''),
                'position': if(item.position > 0, item.position, NULL)
            } FOR item IN
            CASE list_event
                WHEN 'viewed' THEN said.properties.products
                WHEN 'clicked' THEN [{
                    'product_id': said.properties.product_id,
                    'productId': said.properties.productId,
                    'content_id': said.properties.content_id,
                    'contentId': said.properties.contentId,
                    'position': said.properties.position
                }]
            END
        ] AS items
    FROM told
),

timed AS (  -- the same, with when it happened and what touch it is
    SELECT
        named.* EXCLUDE (own_user_id, anonymous_id, items),
        CASE
            WHEN given_at IS NOT NULL AND original_at IS NOT NULL THEN given_at
            WHEN coalesce(original_at, given_at) IS NULL THEN arrived
            WHEN sent_at IS NULL THEN coalesce(original_at, given_at)
            ELSE arrived - (sent_at - coalesce(original_at, given_at))
        END AS occurred_at,
        CASE named.type WHEN 'page' THEN 'view' WHEN 'track' THEN touch_names.touch_type END
            AS touch_type,
        CASE
            WHEN own_user_id NOT LIKE '%_@_%' AND shop_id(own_user_id, 'Customer') IS NULL
                THEN own_user_id
        END AS site_user_id,
        coalesce(anonymous_id, site_user_id, 'email ' || email_digest) AS anonymous_id,
        CASE
            WHEN len([
                TRUE FOR item IN named.items
                IF coalesce(item.content_id, item.product_id::VARCHAR) IS NOT NULL  -- noqa: RF01
            ]) > 0 THEN named.items
        END AS items
    FROM named
    LEFT JOIN touch_names ON lower(named.event) = touch_names.name
)

SELECT
    message_id, arrived AS received_at, type, occurred_at, user_id, anonymous_id, site_user_id,
    email_digest, touch_type,
    if(type = 'identify', NULL, content_id) AS content_id,
    if(type = 'identify' OR holds_address(page), NULL, page) AS page,
    if(type = 'page' AND NOT holds_address(campaign_content), campaign_content, NULL)
        AS campaign_content,
    if(type = 'identify', NULL, product_id) AS product_id,
    list_event, lower(slot) AS slot, items,
    CASE
        WHEN nullif(message_id, '') IS NULL THEN 'message_id is missing'
        WHEN ends_with(message_id, ' click') OR ends_with(message_id, ' view')
            THEN 'message_id ends as ids of our own do, in click or view'
        WHEN said IS NULL THEN 'body is no JSON object'
        WHEN arrived IS NULL THEN 'received_at is no ISO 8601 time'
        WHEN coalesce(type, '') NOT IN ('track', 'page', 'identify')
            THEN 'type is none of track, page and identify'
        WHEN type = 'track' AND event IS NULL THEN 'event is missing'
        WHEN type = 'track' AND touch_type IS NULL AND list_event IS NULL THEN NULL
        WHEN nullif(given, '') IS NOT NULL AND given_at IS NULL
            THEN 'timestamp is no ISO 8601 time: ' || left(given, 80)
        WHEN nullif(original, '') IS NOT NULL AND original_at IS NULL
            THEN 'originalTimestamp is no ISO 8601 time: ' || left(original, 80)
        WHEN occurred_at > arrived + getvariable('ahead')
            THEN 'it says that it happened after it was received: at ' || occurred_at
        WHEN occurred_at < '2000-01-01'::TIMESTAMPTZ
            THEN 'it says that it happened before there was a shop: at ' || occurred_at
        WHEN type = 'identify' THEN NULL
        WHEN anonymous_id IS NULL AND user_id IS NULL THEN 'anonymousId and userId are missing'
        WHEN list_event IS NOT NULL AND touch_type IS NULL AND items IS NULL
            THEN 'properties names no product and no content of the list'
        WHEN touch_type IS NOT NULL AND type = 'track' AND content_id IS NULL AND page IS NULL
            THEN 'properties.content_id is missing, and so is the path of a page'
    END AS reason,
    if(reason IS NULL, NULL, body) AS raw,
    if(reason IS NULL, NULL, file) AS file
FROM timed
UNION ALL BY NAME
SELECT reason, raw, file FROM unreadable;
