-- A UTC instant as text: times travel to the graph so, and Cypher's datetime() reads them.
CREATE TEMP MACRO iso(instant) AS strftime(instant, '%Y-%m-%dT%H:%M:%S.%fZ');
