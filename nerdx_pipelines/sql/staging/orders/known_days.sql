-- Keep of `newer` the orders that are known, or of days that were pulled whole or are later than
-- the first such pull. Of an earlier day that nobody asked for, staging would hold just these.
DELETE FROM newer
WHERE
    former_day IS NULL
    AND order_day < (SELECT shop_day(min(pulled_at)) FROM staging.pulls WHERE resource = 'orders')
    AND NOT EXISTS (
        SELECT 1 FROM staging.pulls
        WHERE
            pulls.resource = 'orders'
            AND newer.order_day BETWEEN pulls.first_day AND pulls.last_day
    );
