-- Words shared by the statements; made anew for each connection.

-- 42 for 'gid://shopify/Order/42'.
CREATE OR REPLACE TEMP MACRO gid_number(gid) AS
CAST(regexp_extract(gid, '([0-9]+)(\?.*)?$', 1) AS BIGINT);

-- Calendar day of an instant in the shop's time zone.
CREATE OR REPLACE TEMP MACRO shop_day(instant) AS
CAST(instant AT TIME ZONE getvariable('timezone') AS DATE);

-- Decimal digits of a currency's minor unit (ISO 4217); the same list as money.py.
CREATE OR REPLACE TEMP MACRO minor_digits(currency) AS
CASE
    WHEN currency IN (
        'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI',
        'VND', 'VUV', 'XAF', 'XOF', 'XPF'
    ) THEN 0
    WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
    ELSE 2
END;

-- An amount in minor units, as an integer, and back.
CREATE OR REPLACE TEMP MACRO to_minor(amount, currency) AS
CAST(
    amount * CASE minor_digits(currency) WHEN 0 THEN 1 WHEN 3 THEN 1000 ELSE 100 END AS HUGEINT
);
CREATE OR REPLACE TEMP MACRO from_minor(minor, currency) AS
CAST(
    CAST(minor AS DECIMAL(24, 0))
    * CASE minor_digits(currency) WHEN 0 THEN 1.000 WHEN 3 THEN 0.001 ELSE 0.010 END
    AS DECIMAL(18, 4)
);

-- NULL, never 0 or infinity, where there is nothing to divide by.
CREATE OR REPLACE TEMP MACRO ratio(part, whole) AS
CASE WHEN whole > 0 THEN CAST(part AS DOUBLE) / CAST(whole AS DOUBLE) END;

-- One name for a person, known or anonymous.
CREATE OR REPLACE TEMP MACRO person(user_id, anonymous_id) AS
coalesce('customer ' || user_id, 'anonymous ' || anonymous_id);
