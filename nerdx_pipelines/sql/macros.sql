-- Words shared by the statements; made anew for each connection.
-- Linted as if their parameters were types. -- noqa: disable=CP05

-- 42 for 'gid://shopify/Order/42'; NULL for what is no global id.
CREATE OR REPLACE TEMP MACRO gid_number(gid) AS
try_cast(split_part(split_part(gid, '/', 5), '?', 1) AS BIGINT);

-- 42 for '42' or the global id of that kind; NULL for what is neither.
CREATE OR REPLACE TEMP MACRO shop_id(told, kind) AS
nullif(try_cast(regexp_extract(
    told, '^\s*(?:gid://shopify/' || kind || '/)?([0-9]{1,19})(?:\?.*)?\s*$', 1
) AS BIGINT), 0);

-- What an e-mail address is known by; NULL for what is none. Upper and lower case are one.
CREATE OR REPLACE TEMP MACRO email_digest(told) AS
CASE WHEN told LIKE '%_@_%' THEN sha256(lower(trim(told))) END;

-- What remembers an erased address, of which `name` is 'email ' and the digest.
CREATE OR REPLACE TEMP MACRO address_mark(name) AS sha256('erased ' || name);

-- Where somebody anonymous goes by an e-mail address; NULL for every other name.
CREATE OR REPLACE TEMP MACRO mark_of(anonymous_id) AS
if(starts_with(anonymous_id, 'email '), address_mark(anonymous_id), NULL);

-- Every e-mail address that a text holds, and whether it holds one; in URLs @ may be escaped.
CREATE OR REPLACE TEMP MACRO addresses_in(told) AS
regexp_extract_all(
    replace(told, '%40', '@'),
    '[^\s"''<>()\[\],;:\\/?&=@]+@[^\s"''<>()\[\],;:\\/?&=@]+'
);
CREATE OR REPLACE TEMP MACRO holds_address(told) AS len(addresses_in(told)) > 0;

-- An ISO 8601 time, with seconds or without; NULL for what is none. Without a zone it is UTC.
CREATE OR REPLACE TEMP MACRO instant(told) AS
CASE
    WHEN
        told SIMILAR TO '\d{4}-\d\d-\d\d'
        OR told SIMILAR TO
        '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?'
        THEN
            coalesce(
                try_cast(replace(told, ',', '.') AS TIMESTAMPTZ),
                try_cast(
                    regexp_replace(told, '([T ]..:..)($|Z|[+-])', '\1:00\2') AS TIMESTAMPTZ
                )
            )
END;

-- Text of an address; as it stands where its escapes make no text.
CREATE OR REPLACE TEMP MACRO unescaped(part) AS
CASE WHEN contains(part, '%') THEN coalesce(try(url_decode(part)), part) ELSE part END;

-- The last part of an address's path, which may be the name of a content.
CREATE OR REPLACE TEMP MACRO page_name(location) AS
nullif(unescaped(regexp_extract(
    regexp_replace(location, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*', ''),
    '([^/?#]+)/*(?:[?#].*)?$', 1
)), '');

-- The content that the address of a campaign's link names.
CREATE OR REPLACE TEMP MACRO utm_content(location) AS
nullif(unescaped(replace(
    regexp_extract(location, '[?&]utm_content=([^&#]+)', 1), '+', ' '
)), '');

-- A page without what a link adds to say who follows it: of its query just the content it names.
CREATE OR REPLACE TEMP MACRO bare_page(location) AS
regexp_replace(regexp_extract(location, '^[^?#]*'), '[^/]*(@|%40)[^/]*[.][^/]*', '', 'g')
|| CASE
    WHEN holds_address(utm_content(location)) THEN ''
    ELSE regexp_replace(
        regexp_extract(location, '[?&]utm_content=[^&#]+'), '^[?&]', '?'
    )
END;

-- The site of an address, without who logs in there; NULL for what is none.
CREATE OR REPLACE TEMP MACRO site(location) AS
nullif(regexp_replace(
    regexp_extract(location, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*'), '//[^@]*@', '//'
), '');

-- Two sets of rows are the same if they have it in common.
CREATE OR REPLACE TEMP MACRO fingerprint(whole_row) AS
count(*) || ' ' || sum(hash(whole_row)::HUGEINT);

-- Calendar day of an instant in the shop's time zone; taken from Python's data of time zones where
-- DuckDB's differ (`warehouse/zones.py`).
CREATE OR REPLACE TEMP MACRO shop_day(instant) AS
(instant AT TIME ZONE getvariable('timezone'))::DATE;

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

-- Whether an amount can be counted in it. XXX is Shopify's word for one it does not know.
CREATE OR REPLACE TEMP MACRO is_currency(code) AS
coalesce(regexp_full_match(code, '[A-Z]{3}') AND code <> 'XXX', FALSE);

-- An amount in minor units, as an integer, and back.
CREATE OR REPLACE TEMP MACRO to_minor(amount, currency) AS
(
    amount * CASE minor_digits(currency) WHEN 0 THEN 1 WHEN 3 THEN 1000 ELSE 100 END
)::HUGEINT;
CREATE OR REPLACE TEMP MACRO from_minor(minor, currency) AS
(
    minor::DECIMAL(24, 0)
    * CASE minor_digits(currency) WHEN 0 THEN 1.000 WHEN 3 THEN 0.001 ELSE 0.010 END
)::DECIMAL(18, 4);

-- NULL, never 0 or infinity, where there is nothing to divide by.
CREATE OR REPLACE TEMP MACRO ratio(part, whole) AS
CASE WHEN whole > 0 THEN part::DOUBLE / whole::DOUBLE END;

-- One number for a person, known or anonymous; NULL for nobody. A 64-bit hash counts people three
-- times as fast as their names, and among ten million takes two for one once in 300,000 times.
CREATE OR REPLACE TEMP MACRO person(user_id, anonymous_id) AS
CASE
    WHEN user_id IS NOT NULL THEN hash(user_id::BIGINT)
    WHEN anonymous_id IS NOT NULL THEN hash(anonymous_id::VARCHAR)
END;

-- A rate drawn towards the mean of its kind, as if 100 more people had behaved like that mean:
-- few people leave it near the mean, many move it. NULL where the kind has no mean.
CREATE OR REPLACE TEMP MACRO shrunken(part, whole, mean) AS
(part + 100 * mean) / (whole + 100)::DOUBLE;

-- Whether so few came or bought that a rate of theirs is mostly chance.
CREATE OR REPLACE TEMP MACRO is_small_sample(people, buyers) AS people < 100 OR buyers < 10;

-- A value of a long table, in which money stands beside ratios and counts and must stay exact.
CREATE OR REPLACE TEMP MACRO figure(value) AS value::DECIMAL(28, 10);

-- Sum of numbers of any size up to some millions, the same whatever the order of the rows:
-- doubles are summed as integers in units of 2^-60.
CREATE OR REPLACE TEMP MACRO exact_sum(number) AS
sum(round(number * 1152921504606846976)::HUGEINT)::DOUBLE / 1152921504606846976;

-- Money given back in the shop's currency; of another, the value of what came back.
CREATE OR REPLACE TEMP MACRO given_back(amount, paid_in, lines, currency) AS
if(
    coalesce(paid_in, currency) = currency, amount,
    coalesce(list_sum([line.subtotal FOR line IN lines]), 0)
)::DECIMAL(18, 4);
