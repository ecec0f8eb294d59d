"""The receiver: what Shopify and websites send is on disk before they are told so.

It knows neither Dagster nor the warehouse; what the landed records mean is in `assets/`.
"""
