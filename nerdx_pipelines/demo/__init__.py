"""The demo: data, and a Shopify store that serves it over HTTP. Never imported by the assets."""
