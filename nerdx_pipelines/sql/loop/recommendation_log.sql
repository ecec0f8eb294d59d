-- One row an item of a list that somebody was shown, however often the event came, and what
-- followed: the first click of the same person on it in that list before the item was shown there
-- again, and the first order of it that was kept, both within 7 days. A content leads to an order
-- of what it featured when it was shown. An order given back leaves no trace.
WITH told AS (
    SELECT
        events.message_id AS event_id, events.list_event, events.slot, events.occurred_at,
        coalesce(events.user_id, known_ids.customer_id) AS user_id, events.anonymous_id,
        generate_subscripts(events.items, 1) AS number,
        unnest(events.items, recursive := TRUE)  -- product_id, content_id, position
    FROM staging.events
    LEFT JOIN staging.known_ids USING (anonymous_id)
    WHERE events.list_event IS NOT NULL
),

places AS (
    SELECT
        event_id, list_event, slot, occurred_at, user_id,
        coalesce(user_id::VARCHAR, 'anonymous ' || anonymous_id) AS person,
        coalesce(position, number) AS rank, number, product_id, content_id,
        coalesce(content_id, product_id::VARCHAR) AS name
    FROM told
    WHERE coalesce(content_id, product_id::VARCHAR) IS NOT NULL
),

shown AS (
    SELECT * RENAME (occurred_at AS shown_at)
    FROM places
    WHERE list_event = 'viewed'
    QUALIFY row_number() OVER (PARTITION BY event_id, rank ORDER BY number) = 1
),

clickable AS (  -- of two at the very same time, one: a click is of one of them
    FROM shown
    QUALIFY
        row_number() OVER (PARTITION BY person, slot, name, shown_at ORDER BY event_id, rank) = 1
),

clicked AS (
    SELECT clickable.event_id, clickable.rank, min(places.occurred_at) AS clicked_at
    FROM places
    ASOF INNER JOIN clickable
        ON
            places.person = clickable.person AND places.slot = clickable.slot
            AND places.name = clickable.name AND places.occurred_at >= clickable.shown_at
    WHERE
        places.list_event = 'clicked'
        AND places.occurred_at < clickable.shown_at + to_hours(24 * 7)
    GROUP BY clickable.event_id, clickable.rank
),

led AS (  -- one row a place and kept line of its item
    SELECT shown.event_id, shown.rank, kept_lines.processed_at, kept_lines.order_id
    FROM shown
    INNER JOIN kept_lines
        ON
            shown.user_id = kept_lines.user_id AND shown.product_id = kept_lines.product_id
            AND shown.shown_at <= kept_lines.processed_at
            AND shown.shown_at + to_hours(24 * 7) > kept_lines.processed_at
    WHERE shown.content_id IS NULL
    UNION ALL
    SELECT shown.event_id, shown.rank, kept_lines.processed_at, kept_lines.order_id
    FROM shown
    INNER JOIN staging.features
        ON
            shown.content_id = features.content_id
            AND shown.shown_at >= features.valid_from AND shown.shown_at < features.valid_to
    INNER JOIN kept_lines
        ON
            shown.user_id = kept_lines.user_id
            AND shown.shown_at <= kept_lines.processed_at
            AND shown.shown_at + to_hours(24 * 7) > kept_lines.processed_at
            AND features.product_id = kept_lines.product_id
),

bought AS (
    SELECT event_id, rank, unnest(min(struct_pack(bought_at := processed_at, order_id := order_id)))
    FROM led
    GROUP BY event_id, rank
),

explored AS (  -- a site may go on for a day to show a list as it was
    SELECT DISTINCT shown.event_id, shown.rank
    FROM shown
    INNER JOIN loop.explorations AS offers
        ON
            shown.user_id = offers.user_id AND shown.slot = offers.slot
            AND shown.name = coalesce(offers.content_id, offers.product_id::VARCHAR)
            AND shown.shown_at >= offers.offered_from
            AND shown.shown_at < coalesce(offers.offered_to + to_hours(24), 'infinity')
)

SELECT
    shown.event_id, shown.user_id, shown.slot, shown.rank, shown.product_id, shown.content_id,
    shown.shown_at, explored.event_id IS NOT NULL AS is_exploration, clicked.clicked_at,
    bought.bought_at, bought.order_id
FROM shown
LEFT JOIN clicked USING (event_id, rank)
LEFT JOIN bought USING (event_id, rank)
LEFT JOIN explored USING (event_id, rank)
ORDER BY shown.shown_at, shown.event_id, shown.rank
