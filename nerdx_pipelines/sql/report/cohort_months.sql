-- One row: a month of first orders, and what its customers brought with their first order and
-- with those since.
SELECT
    cohort_month, any_value(currency) AS currency, sum(customers) AS customers,
    sum(orders) AS orders, sum(new_revenue) AS new_revenue,
    sum(returning_revenue) AS returning_revenue,
    if(count(*) = count(revenue_30), sum(revenue_30), NULL) AS revenue_30,
    if(count(*) = count(revenue_60), sum(revenue_60), NULL) AS revenue_60,
    if(count(*) = count(revenue_90), sum(revenue_90), NULL) AS revenue_90,
    bool_and(coalesce(is_mature, TRUE)) AS is_mature
FROM kpi.cohorts
WHERE currency = getvariable('currency')::VARCHAR AND customers > 0
GROUP BY cohort_month
ORDER BY cohort_month;
