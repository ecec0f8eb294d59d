-- A UTC instant as text: times travel to the graph so, and Cypher's datetime() reads them. As plain
-- microseconds first, since DuckDB formats a TIMESTAMPTZ by its calendar, four times as long.
-- Linted as if its parameter were a type. -- noqa: disable=CP05
CREATE TEMP MACRO iso(instant) AS
strftime(make_timestamp(epoch_us(instant)), '%Y-%m-%dT%H:%M:%S.%fZ');

-- A number as far as anyone looks at it, three digits: what differs by less is not sent again.
CREATE TEMP MACRO seen(number) AS
coalesce(round(number, 2 - floor(log10(nullif(abs(number), 0)))::INTEGER), number);
