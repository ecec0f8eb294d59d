-- One row: a moment and a touch by then, of the same user towards the same product.
SELECT
    moments.moment, exposures.content_number, exposures.is_click,
    (epoch_us(moments.touched_at) - epoch_us(exposures.touched_at)) / 86400e6 AS age_days
FROM moments
INNER JOIN exposures
    ON
        moments.user_id = exposures.user_id
        AND moments.product_id = exposures.product_id
        AND moments.touched_at >= exposures.touched_at
        AND moments.touched_at - to_hours(24 * getvariable('widest_window')) < exposures.touched_at
ORDER BY moments.moment, age_days, exposures.is_click, exposures.content_number;
