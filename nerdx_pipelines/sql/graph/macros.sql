-- A UTC instant as text: times travel to the graph so, and Cypher's datetime() reads them.
-- Linted as if its parameter were a type. -- noqa: disable=CP05
CREATE TEMP MACRO iso(instant) AS strftime(instant, '%Y-%m-%dT%H:%M:%S.%fZ');
