-- Of the visits before an order of somebody whose data were erased, keep where they led and what
-- content they named. Which site they came from is kept, which of its pages is not.
UPDATE staging.order_visits SET
    landing_page = bare_page(landing_page),
    referrer_url = site(referrer_url),
    utm_source = if(holds_address(utm_source), NULL, utm_source),
    utm_medium = if(holds_address(utm_medium), NULL, utm_medium),
    utm_campaign = if(holds_address(utm_campaign), NULL, utm_campaign),
    utm_content = if(holds_address(utm_content), NULL, utm_content),
    utm_term = if(holds_address(utm_term), NULL, utm_term)
WHERE
    order_id IN (SELECT order_id FROM staging.erased_orders)
    AND (
        landing_page IS DISTINCT FROM bare_page(landing_page)
        OR referrer_url IS DISTINCT FROM site(referrer_url)
        OR holds_address(
            concat_ws(' ', utm_source, utm_medium, utm_campaign, utm_content, utm_term)
        )
    );
