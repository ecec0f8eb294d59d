-- How much the pull brought that was news, though webhooks had ten minutes to tell it.
SET VARIABLE brought = (
    SELECT count(*) FROM newer
    WHERE is_change AND updated_at < getvariable('pulled_at') - INTERVAL 10 MINUTES
);
