"""The Shopify connector: transport, pulls, canonical rows. Knows neither Dagster nor the warehouse."""
