-- Every table of the warehouse. Applied at each write; safe to repeat.
-- Money DECIMAL(18, 4) in the order's own currency; times TIMESTAMPTZ (UTC).
-- No primary keys on purpose: they double size and slow every load; uniqueness
-- is an asset check instead.
CREATE SCHEMA IF NOT EXISTS staging;
CREATE SCHEMA IF NOT EXISTS attribution;
CREATE SCHEMA IF NOT EXISTS kpi;
CREATE SCHEMA IF NOT EXISTS loop;
CREATE SCHEMA IF NOT EXISTS graph;

CREATE TABLE IF NOT EXISTS staging.products (
    product_id BIGINT, title VARCHAR, product_type VARCHAR, vendor VARCHAR, status VARCHAR,
    tags VARCHAR[], created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, handle VARCHAR,
    published_at TIMESTAMPTZ
);
CREATE TABLE IF NOT EXISTS staging.product_variants (
    variant_id BIGINT, product_id BIGINT, title VARCHAR, sku VARCHAR, price DECIMAL(18, 4),
    inventory_quantity INTEGER, updated_at TIMESTAMPTZ, inventory_item_id BIGINT,
    tracked BOOLEAN,
    unit_cost DECIMAL(18, 4), cost_currency VARCHAR  -- NULL: not entered, or no read_inventory
);
CREATE TABLE IF NOT EXISTS staging.customers (
    customer_id BIGINT, email VARCHAR, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ
);
CREATE TABLE IF NOT EXISTS staging.orders (
    order_id BIGINT, name VARCHAR, customer_id BIGINT,  -- NULL: guest
    processed_at TIMESTAMPTZ, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ,
    cancelled_at TIMESTAMPTZ, financial_status VARCHAR, test BOOLEAN, currency VARCHAR,
    presentment_currency VARCHAR, total_price DECIMAL(18, 4), order_day DATE,
    cancel_reason VARCHAR, source_name VARCHAR, taxes_included BOOLEAN,
    journey_ready BOOLEAN  -- whether the shop knows by now how the buyer came
);
CREATE TABLE IF NOT EXISTS staging.order_lines (
    line_id BIGINT, order_id BIGINT, product_id BIGINT, variant_id BIGINT, title VARCHAR,
    sku VARCHAR, quantity INTEGER, unit_price DECIMAL(18, 4), gross_sales DECIMAL(18, 4),
    discounts DECIMAL(18, 4), returned_quantity INTEGER, returns DECIMAL(18, 4),
    net_revenue DECIMAL(18, 4),  -- gross - discounts - returns; 0 if cancelled or a gift card
    is_gift_card BOOLEAN, order_day DATE,
    tax DECIMAL(18, 4)  -- included in the prices, and taken out of all three
);
CREATE TABLE IF NOT EXISTS staging.refunds (
    refund_id BIGINT, order_id BIGINT, created_at TIMESTAMPTZ,
    amount DECIMAL(18, 4),  -- money given back
    order_day DATE  -- of the order it belongs to
);
CREATE TABLE IF NOT EXISTS staging.refund_lines (
    refund_id BIGINT, line_id BIGINT, order_id BIGINT, quantity INTEGER,
    amount DECIMAL(18, 4),  -- without tax
    order_day DATE
);
-- One row: a visit to the shop before an order, as the shop saw it.
CREATE TABLE IF NOT EXISTS staging.order_visits (
    visit_id BIGINT, order_id BIGINT, occurred_at TIMESTAMPTZ, landing_page VARCHAR,
    referrer_url VARCHAR, source VARCHAR, source_type VARCHAR, utm_source VARCHAR,
    utm_medium VARCHAR, utm_campaign VARCHAR, utm_content VARCHAR, utm_term VARCHAR,
    order_day DATE
);
-- One row: something the shop had and deleted. No later pull brings it back.
CREATE TABLE IF NOT EXISTS staging.tombstones (
    kind VARCHAR,  -- PRODUCT, CUSTOMER, ORDER
    id BIGINT, deleted_at TIMESTAMPTZ
);
-- One row: a record that the shop sent and that cannot be used, as it came.
CREATE TABLE IF NOT EXISTS staging.rejected (
    source VARCHAR,  -- order, refund_line, product, customer, deletion
    record_id VARCHAR, parent_id VARCHAR, reason VARCHAR, raw VARCHAR, file VARCHAR,
    rejected_at TIMESTAMPTZ
);
-- One row: a webhook that was delivered, and what became of it. No webhook_id is applied twice.
CREATE TABLE IF NOT EXISTS staging.webhook_log (
    webhook_id VARCHAR, topic VARCHAR, shop_domain VARCHAR,
    kind VARCHAR,  -- ORDER, REFUND, PRODUCT, CUSTOMER, SHOP; NULL: nothing of ours
    resource_id BIGINT,
    updated_at TIMESTAMPTZ,  -- of the version it told of
    triggered_at TIMESTAMPTZ, received_at TIMESTAMPTZ, applied_at TIMESTAMPTZ,
    -- applied; old: staging had passed it; waiting: for its order; pull: it asks for one;
    -- deleted: its object was; apart: of a day that nobody asked for; rejected; ignored
    outcome VARCHAR,
    segment VARCHAR  -- file in the archive
);
-- One row: a refund that a webhook told of and that no version of its order has shown yet.
CREATE TABLE IF NOT EXISTS staging.waiting_refunds (
    refund_id BIGINT, order_id BIGINT, created_at TIMESTAMPTZ,
    currency VARCHAR, amount DECIMAL(18, 4),  -- as paid
    lines STRUCT(
        id BIGINT, line_id BIGINT, quantity INTEGER, subtotal DECIMAL(18, 4), tax DECIMAL(18, 4)
    )[],
    told_at TIMESTAMPTZ
);
-- One row: whose personal data were erased. No later pull or webhook brings them back.
CREATE TABLE IF NOT EXISTS staging.redactions (
    kind VARCHAR,  -- CUSTOMER; ORDER, that a demand names; SHOP: every customer it had by then
    id BIGINT, redacted_at TIMESTAMPTZ
);
-- One row: an e-mail address of somebody who was erased, so that what comes later and names it is
-- theirs, and loses it too. As a mark that none of the lists holds that addresses are traded by.
CREATE TABLE IF NOT EXISTS staging.erased_addresses (mark VARCHAR, customer_id BIGINT);
-- One row: a message or an anonymous id that turned out to be of somebody who was erased; what
-- archived events say of it goes then.
CREATE TABLE IF NOT EXISTS staging.erased_names (name VARCHAR, is_out_of_files BOOLEAN);
-- One row: a successful pull, of whole days or of what changed since an instant.
CREATE TABLE IF NOT EXISTS staging.pulls (
    resource VARCHAR,  -- products, customers, orders, deletions
    first_day DATE, last_day DATE,  -- NULL: of changes
    since TIMESTAMPTZ,  -- NULL: of days, or of all there is
    pulled_at TIMESTAMPTZ,  -- when it began
    brought BIGINT  -- versions that no webhook had told for ten minutes; NULL: nobody counted
);
-- One row: a day whose figures a new fact changes, until all that is made of days has seen it.
CREATE TABLE IF NOT EXISTS staging.changed_days (
    change_id BIGINT, day DATE, cause VARCHAR, changed_at TIMESTAMPTZ
);
-- One row: a range of days that an asset stored in part, until a run of the same range ends.
CREATE TABLE IF NOT EXISTS staging.range_progress (
    asset VARCHAR, first_day DATE, last_day DATE,
    done_day DATE,  -- the last one stored
    change_id BIGINT,  -- the last change that these days show
    stored_at TIMESTAMPTZ
);
-- One row: the last change that a table made of days has seen.
CREATE TABLE IF NOT EXISTS staging.changes_seen (consumer VARCHAR, change_id BIGINT);

CREATE TABLE IF NOT EXISTS staging.content (
    content_id VARCHAR, title VARCHAR, content_type VARCHAR, creator VARCHAR,
    published_at TIMESTAMPTZ, production_cost DECIMAL(18, 4)
);
CREATE TABLE IF NOT EXISTS staging.content_products (
    content_id VARCHAR, product_id BIGINT, valid_from TIMESTAMPTZ, valid_to TIMESTAMPTZ
);
-- One row: a product made for a content by the job `create_product`, which no folder tells of.
CREATE TABLE IF NOT EXISTS staging.created_features (
    content_id VARCHAR, product_id BIGINT, valid_from TIMESTAMPTZ
);
CREATE TABLE IF NOT EXISTS staging.touches (
    event_id VARCHAR, user_id BIGINT,  -- customer; stitched from anonymous_id where known
    anonymous_id VARCHAR, content_id VARCHAR, touch_type VARCHAR,  -- view, click
    product_id BIGINT, touched_at TIMESTAMPTZ, ingested_at TIMESTAMPTZ, touch_day DATE,
    source VARCHAR,  -- folder, events, journey: a visit the shop saw before an order
    order_id BIGINT,  -- of a journey
    is_stitched BOOLEAN  -- whether user_id is only known by anonymous_id
);
CREATE TABLE IF NOT EXISTS staging.identities (
    anonymous_id VARCHAR, customer_id BIGINT,
    source VARCHAR  -- folder, events
);
-- One row: an event that may touch a content, or say who somebody is, as it was first received.
-- Kept because what it names may be known only later. E-mail addresses are kept as digests.
CREATE TABLE IF NOT EXISTS staging.events (
    message_id VARCHAR, received_at TIMESTAMPTZ, type VARCHAR,  -- track, page, identify
    occurred_at TIMESTAMPTZ,
    user_id BIGINT,  -- customer, if the event itself says so
    anonymous_id VARCHAR, site_user_id VARCHAR,  -- what the site itself calls somebody
    email_digest VARCHAR, touch_type VARCHAR,
    content_id VARCHAR,  -- if the event says so; if it does not,
    page VARCHAR,  -- the last part of its path may be one,
    campaign_content VARCHAR,  -- and the link's UTM content another
    product_id BIGINT,
    list_event VARCHAR,  -- viewed, clicked: what became of a list of recommendations,
    slot VARCHAR,  -- of that slot,
    items STRUCT(product_id BIGINT, content_id VARCHAR, "position" INTEGER)[]
);

-- One row: what the touches of one content earned of one line, within a window and by a policy. A
-- column a model, NULL where it gives nothing; *_click is the part that came by touchpoints with a
-- click. The view attribution.credits has a row a model of it. What models share is stored once.
CREATE TABLE IF NOT EXISTS attribution.line_credits (
    line_id BIGINT, order_id BIGINT, product_id BIGINT, content_id VARCHAR, window_days INTEGER,
    touch_policy VARCHAR,  -- all, click_only, click_first
    currency VARCHAR, order_day DATE, touchpoints INTEGER, view_touches INTEGER,
    click_touches INTEGER, first_touch_at TIMESTAMPTZ, last_touch_at TIMESTAMPTZ,
    any_touch DECIMAL(18, 4), any_touch_click DECIMAL(18, 4),
    first_touch DECIMAL(18, 4), first_touch_click DECIMAL(18, 4),
    last_touch DECIMAL(18, 4), last_touch_click DECIMAL(18, 4),
    linear DECIMAL(18, 4), linear_click DECIMAL(18, 4), linear_share DOUBLE,
    time_decay DECIMAL(18, 4), time_decay_click DECIMAL(18, 4), time_decay_share DOUBLE,
    position_based DECIMAL(18, 4), position_based_click DECIMAL(18, 4),
    position_based_share DOUBLE,
    shapley_set DECIMAL(18, 4), shapley_set_click DECIMAL(18, 4), shapley_set_share DOUBLE
);

-- One row: the rules that credits are made by.
CREATE TABLE IF NOT EXISTS attribution.made_by (rules VARCHAR);
-- One row: what a refund, or the cancellation of its order, takes back of one credit of a line.
-- What was credited at the sale, less these, is the credit of today.
CREATE TABLE IF NOT EXISTS attribution.reversals (
    refund_id BIGINT,  -- NULL: the cancellation
    line_id BIGINT, order_id BIGINT, content_id VARCHAR, model VARCHAR, window_days INTEGER,
    touch_policy VARCHAR, amount DECIMAL(18, 4), reversed_day DATE, order_day DATE,
    currency VARCHAR
);

-- One row: what touches after the purchase would have been credited, a measure of coincidence.
CREATE TABLE IF NOT EXISTS attribution.placebo (
    order_day DATE, currency VARCHAR, order_lines BIGINT, orders BIGINT,
    net_revenue DECIMAL(18, 4)
);

-- One row: an order with a path; the contents of its lines' touchpoints, oldest first.
CREATE TABLE IF NOT EXISTS attribution.order_paths (
    order_id BIGINT, order_day DATE, content_ids VARCHAR[]
);

-- One row: what a content would have earned had other users come, in minor units: one figure a
-- resample of the users, in the same order for every content.
CREATE TABLE IF NOT EXISTS attribution.revenue_draws (
    content_id VARCHAR, currency VARCHAR, draws BIGINT[]
);

-- One row: what Markov's removal effect gives a channel of all lines bought in one currency.
CREATE TABLE IF NOT EXISTS attribution.data_driven (
    level VARCHAR,  -- content, content_type, creator
    channel VARCHAR, model VARCHAR,  -- markov
    markov_order INTEGER, currency VARCHAR, conversions DOUBLE,  -- lines
    value DECIMAL(18, 4), removal_effect DOUBLE,  -- NULL: see the note
    touches BIGINT, note VARCHAR, window_days INTEGER
);

CREATE TABLE IF NOT EXISTS kpi.daily_sales (
    day DATE, currency VARCHAR, orders BIGINT, gross_sales DECIMAL(18, 4),
    discounts DECIMAL(18, 4), returns DECIMAL(18, 4), net_sales DECIMAL(18, 4),
    unallocated_adjustments DECIMAL(18, 4), net_revenue DECIMAL(18, 4),
    attributed_revenue DECIMAL(18, 4), unattributed_revenue DECIMAL(18, 4)
);
CREATE TABLE IF NOT EXISTS kpi.content_daily (
    day DATE, content_id VARCHAR, currency VARCHAR, views BIGINT, clicks BIGINT,
    unique_viewers BIGINT, conversions BIGINT, attributed_revenue DECIMAL(18, 4),
    is_mature BOOLEAN,
    accrual_revenue DECIMAL(18, 4),  -- the credit, on the day of the content's last touch
    cash_revenue DECIMAL(18, 4)  -- as sold that day, less what was taken back that day
);
CREATE TABLE IF NOT EXISTS kpi.content_kpis (
    content_id VARCHAR, title VARCHAR, content_type VARCHAR, creator VARCHAR,
    published_at TIMESTAMPTZ, currency VARCHAR, views BIGINT, clicks BIGINT,
    unique_viewers BIGINT, unique_clickers BIGINT, click_through_rate DOUBLE,
    unique_click_through_rate DOUBLE, conversions BIGINT, fractional_orders DOUBLE,
    conversion_rate DOUBLE, click_conversion DOUBLE, viewer_conversion DOUBLE,
    attributed_revenue DECIMAL(18, 4), influenced_revenue DECIMAL(18, 4),
    production_cost DECIMAL(18, 4), roi DOUBLE, engagement_score DOUBLE, is_mature BOOLEAN,
    model VARCHAR, window_days INTEGER,
    buyers BIGINT, click_through_revenue DECIMAL(18, 4), view_through_revenue DECIMAL(18, 4),
    attributed_revenue_low DECIMAL(18, 4), attributed_revenue_high DECIMAL(18, 4),
    margin DOUBLE, margin_coverage DOUBLE, net_roi DOUBLE, net_roi_low DOUBLE,
    net_roi_high DOUBLE, shrunken_viewer_conversion DOUBLE, is_small_sample BOOLEAN
);
CREATE TABLE IF NOT EXISTS kpi.product_kpis (
    product_id BIGINT, title VARCHAR, product_type VARCHAR, vendor VARCHAR, currency VARCHAR,
    orders BIGINT, units_sold BIGINT, net_revenue DECIMAL(18, 4), content_impressions BIGINT,
    unique_viewers_exposed BIGINT, content_driven_purchases BIGINT,
    content_driven_units BIGINT, content_driven_revenue DECIMAL(18, 4),
    content_conversion_rate DOUBLE, viewer_conversion DOUBLE
);
CREATE TABLE IF NOT EXISTS kpi.creator_kpis (
    creator VARCHAR, currency VARCHAR, contents BIGINT, views BIGINT, clicks BIGINT,
    unique_viewers BIGINT, conversions BIGINT, attributed_revenue DECIMAL(18, 4),
    production_cost DECIMAL(18, 4), roi DOUBLE, revenue_per_content DECIMAL(18, 4),
    median_revenue_per_content DECIMAL(18, 4), best_content_type VARCHAR,
    buyers BIGINT, attributed_revenue_low DECIMAL(18, 4), attributed_revenue_high DECIMAL(18, 4),
    net_roi DOUBLE, net_roi_low DOUBLE, net_roi_high DOUBLE, is_small_sample BOOLEAN
);
CREATE TABLE IF NOT EXISTS kpi.content_type_kpis (
    content_type VARCHAR, currency VARCHAR, contents BIGINT, views BIGINT, clicks BIGINT,
    unique_viewers BIGINT, unique_clickers BIGINT, click_through_rate DOUBLE,
    conversions BIGINT, conversion_rate DOUBLE, attributed_revenue DECIMAL(18, 4),
    avg_attribution_revenue DECIMAL(18, 4), production_cost DECIMAL(18, 4), roi DOUBLE,
    buyers BIGINT, attributed_revenue_low DECIMAL(18, 4), attributed_revenue_high DECIMAL(18, 4),
    net_roi DOUBLE, net_roi_low DOUBLE, net_roi_high DOUBLE, is_small_sample BOOLEAN
);
CREATE TABLE IF NOT EXISTS kpi.platform_kpis (
    metric VARCHAR, value DECIMAL(28, 10), note VARCHAR
);
CREATE TABLE IF NOT EXISTS kpi.model_comparison (
    content_id VARCHAR, title VARCHAR, currency VARCHAR, model VARCHAR,
    attributed_revenue DECIMAL(18, 4), revenue_rank BIGINT,
    is_additive BOOLEAN  -- whether the contents' revenue may be summed
);
CREATE TABLE IF NOT EXISTS kpi.time_lag (
    touch VARCHAR,  -- first, last
    lag_days INTEGER,  -- whole days before the purchase, rounded down
    currency VARCHAR, order_lines BIGINT, net_revenue DECIMAL(18, 4)
);
CREATE TABLE IF NOT EXISTS kpi.product_content (
    product_id BIGINT, product_title VARCHAR, content_id VARCHAR, title VARCHAR,
    currency VARCHAR, impressions BIGINT, unique_viewers BIGINT, buyers BIGINT, orders BIGINT,
    attributed_revenue DECIMAL(18, 4)
);
CREATE TABLE IF NOT EXISTS kpi.paths (
    level VARCHAR,  -- content_type
    path VARCHAR,  -- 'video > blog', oldest first
    path_length BIGINT, currency VARCHAR, orders BIGINT, net_revenue DECIMAL(18, 4)
);
CREATE TABLE IF NOT EXISTS kpi.cohorts (
    cohort_month DATE, content_id VARCHAR, title VARCHAR, content_type VARCHAR,
    creator VARCHAR, currency VARCHAR, customers BIGINT, orders BIGINT,
    new_revenue DECIMAL(18, 4), returning_revenue DECIMAL(18, 4), revenue_30 DECIMAL(18, 4),
    revenue_60 DECIMAL(18, 4), revenue_90 DECIMAL(18, 4), is_mature BOOLEAN
);
CREATE TABLE IF NOT EXISTS kpi.health (metric VARCHAR, value DECIMAL(28, 10), note VARCHAR);

-- One row: what part a value has in what a user is drawn to within a family of attributes.
-- The parts of a user and family sum to 1; of more than 100 values the strongest are kept.
CREATE TABLE IF NOT EXISTS loop.taste_profiles (
    user_id BIGINT, family VARCHAR,  -- category, brand, tag, creator
    value VARCHAR, weight DOUBLE, as_of TIMESTAMPTZ
);
-- One row: a place in one of a user's lists.
CREATE TABLE IF NOT EXISTS loop.recommendations (
    user_id BIGINT, slot VARCHAR,  -- repeat, discovery, cold_start, content
    rank INTEGER, product_id BIGINT, score DOUBLE, as_of TIMESTAMPTZ,
    content_id VARCHAR,  -- of slot content, which has no product_id
    is_exploration BOOLEAN  -- whether chance put it there; its score is 0
);
-- One row: an item that chance put into a list, and how long it stood there.
CREATE TABLE IF NOT EXISTS loop.explorations (
    user_id BIGINT, slot VARCHAR, rank INTEGER, product_id BIGINT, content_id VARCHAR,
    offered_from TIMESTAMPTZ, offered_to TIMESTAMPTZ  -- NULL: it still does
);
-- One row: an item of a list that somebody was shown, and what followed.
CREATE TABLE IF NOT EXISTS loop.recommendation_log (
    event_id VARCHAR, user_id BIGINT,  -- NULL: nobody known
    slot VARCHAR, rank INTEGER,  -- as the site told them
    product_id BIGINT, content_id VARCHAR, shown_at TIMESTAMPTZ, is_exploration BOOLEAN,
    clicked_at TIMESTAMPTZ,
    bought_at TIMESTAMPTZ, order_id BIGINT  -- first kept within 7 days; of a content, what it shows
);
-- One row: a place in one of a product's lists, which its page in the shop shows.
CREATE TABLE IF NOT EXISTS loop.product_recommendations (
    product_id BIGINT, kind VARCHAR,  -- related, complementary
    rank INTEGER, recommended_product_id BIGINT, score DOUBLE, as_of TIMESTAMPTZ
);
-- One row: a product's list as it was last written to the shop, to know it from a merchant's own;
-- beside it what a run that was killed may have written.
CREATE TABLE IF NOT EXISTS loop.pushed_recommendations (
    product_id BIGINT, kind VARCHAR, recommended_product_ids BIGINT[],
    pushed_at TIMESTAMPTZ  -- NULL: about to be sent
);

-- One row: a value tried for a parameter of the loop or of attribution, and how well it foretold a
-- month that it had not seen. Of each parameter one value is chosen; the others are the evidence.
CREATE TABLE IF NOT EXISTS loop.world_model (
    parameter VARCHAR, candidate VARCHAR, is_default BOOLEAN, is_chosen BOOLEAN,
    measure VARCHAR, score DOUBLE,
    difference DOUBLE,  -- of the score to the default's
    -- its interval had other users come, so wide that 95 % of learnings have all of them right
    difference_low DOUBLE, difference_high DOUBLE,
    users BIGINT,  -- measured
    outcomes BIGINT,  -- purchases to foretell, or moments at which one could follow
    train_until TIMESTAMPTZ, validation_from TIMESTAMPTZ, validation_until TIMESTAMPTZ,
    as_of TIMESTAMPTZ, note VARCHAR
);

-- One row: a metric of a recommender, judged by what users bought in days that it did not know.
CREATE TABLE IF NOT EXISTS loop.evaluation (
    split_at TIMESTAMPTZ, held_out_days INTEGER,  -- the days that follow
    recommender VARCHAR,  -- nerdx, popularity, decayed_frequency, ease
    items VARCHAR,  -- all; novel: what a user had never bought
    metric VARCHAR,  -- recall, ndcg, hit_rate, coverage; of 10 places
    value DOUBLE, low DOUBLE, high DOUBLE,  -- the 95 % interval by users; NULL for coverage
    users BIGINT,
    lead DOUBLE, lead_low DOUBLE, lead_high DOUBLE,  -- of nerdx over it, by the same users
    evaluated_at TIMESTAMPTZ
);

-- What the graph is known to hold, so that only changes are sent.
CREATE TABLE IF NOT EXISTS graph.loaded (
    kind VARCHAR, key VARCHAR, hash UBIGINT  -- NULL: a load was under way
);
-- One row: a graph that this warehouse loads, and the last load it names, or is about to name.
CREATE TABLE IF NOT EXISTS graph.load_state (
    graph_id VARCHAR, load VARCHAR, next_load VARCHAR, is_current BOOLEAN
);
