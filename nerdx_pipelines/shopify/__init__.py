"""The Shopify connector: transport and pulls. Knows neither Dagster nor the warehouse."""
