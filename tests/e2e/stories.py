"""A shop of one week in which every figure can be worked out by hand.

Zone: New York, so that an order at 03:00Z belongs to the day before.
"""

LAST_ID = 2**63 - 1
TABLES = {
    "shop": [{"name": "Story shop", "timezone": "America/New_York", "currency": "USD"}],
    "products": [
        {"product_id": p, "title": t, "product_type": k, "vendor": v, "price": u}
        for p, t, k, v, u in (
            (7, "Lamp", "Light", "Acme", "29.99"),
            (8, "Desk", "Desk", "Acme", "100.00"),
            (LAST_ID, "Pen", "Pen", "Bic", "0.00"),
        )
    ],
    "customers": [
        {"customer_id": c, "email": f"c{c}@example.com", "created_at": "2026-01-01T00:00:00Z"}
        for c in (5, 6, 9007199254740993)
    ],
    "order_lines": [
        {"order_id": o, "line_id": i, "customer_id": c, "product_id": p, "quantity": q,
         "unit_price": u, "discount": d, "currency": "USD", "processed_at": t,
         "cancelled_at": x, "test": s}
        for o, i, c, p, q, u, d, t, x, s in (
            # the seed's order: 2 x 29.99 after one view
            (1, 11, 5, 7, 2, "29.99", "0.00", "2026-01-10T12:00:00Z", "", ""),
            # two contents share 100.00 - 10.00; 30.00 of it are refunded two days later
            (2, 12, 6, 8, 1, "100.00", "10.00", "2026-01-11T12:00:00Z", "", ""),
            # a guest
            (3, 13, "", 7, 1, "29.99", "0.00", "2026-01-11T13:00:00Z", "", ""),
            # cancelled the next day
            (4, 14, 6, 8, 1, "100.00", "0.00", "2026-01-11T14:00:00Z", "2026-01-12T14:00:00Z", ""),
            # a test order
            (5, 15, 6, 8, 1, "100.00", "0.00", "2026-01-11T15:00:00Z", "", "true"),
            # refunded in full
            (6, 16, 6, 8, 1, "100.00", "0.00", "2026-01-12T12:00:00Z", "", ""),
            # late in the evening of 12 January in New York, with a free gift
            (7, 17, 9007199254740993, 7, 1, "29.99", "0.00", "2026-01-13T03:00:00Z", "", ""),
            (7, 18, 9007199254740993, LAST_ID, 3, "1.50", "4.50", "2026-01-13T03:00:00Z", "", ""),
        )
    ],
    "refunds": [
        {"refund_id": r, "order_id": o, "line_id": i, "quantity": q, "amount": a, "created_at": t}
        for r, o, i, q, a, t in (
            (91, 2, 12, 0, "30.00", "2026-01-13T12:00:00Z"),
            (92, 6, 16, 1, "100.00", "2026-01-14T12:00:00Z"),
            (93, 1, "", "", "5.00", "2026-01-14T13:00:00Z"),
        )
    ],
    "content": [
        {"content_id": "vid", "content_type": "video", "title": "Lamps & <b>light</b>",
         "creator": "Zoë", "published_at": "2026-01-02T00:00:00Z", "production_cost": "20.00"},
        {"content_id": "blog", "content_type": "blog", "title": "Desks, compared",
         "creator": "Zoë", "published_at": "2026-01-02T00:00:00Z", "production_cost": ""},
        {"content_id": "none", "content_type": "social", "title": "Nobody saw it",
         "creator": "Ben", "published_at": "2026-01-02T00:00:00Z", "production_cost": "9.00"},
    ],
    "content_products": [
        {"content_id": c, "product_id": p, "valid_from": "", "valid_to": ""}
        for c, p in (("vid", 7), ("vid", 8), ("blog", 8), ("vid", LAST_ID), ("none", 7))
    ],
    "touches": [
        {"event_id": e, "user_id": u, "content_id": c, "touch_type": k, "touched_at": t}
        for e, u, c, k, t in (
            ("e1", 5, "vid", "view", "2026-01-09T10:00:00Z"),
            ("e1", 5, "vid", "view", "2026-01-09T10:00:00Z"),  # delivered twice
            ("e2", 6, "vid", "view", "2026-01-09T11:00:00Z"),
            ("e3", 6, "blog", "click", "2026-01-10T11:00:00Z"),
            ("e4", 9007199254740993, "vid", "view", "2026-01-13T02:59:59Z"),
            ("e5", 777, "vid", "view", "2026-01-09T12:00:00Z"),  # a viewer the shop does not know
        )
    ],
}  # fmt: skip
