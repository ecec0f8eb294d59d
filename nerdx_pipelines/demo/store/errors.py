"""The errors a client of the API can provoke, in Shopify's words and shapes.

Errors of the people who start the store are in the package's own `errors.py`.
"""

from graphql import GraphQLError


def bad_request(message: str) -> GraphQLError:
    """A request that the schema allows and Shopify does not."""
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})


def too_many(size: int, maximum: int) -> GraphQLError:
    """An argument with more values than Shopify takes."""
    return GraphQLError(
        f"The input array size of {size} is greater than the maximum allowed of {maximum}.",
        extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"},
    )


def max_cost_exceeded(cost: int, maximum: int) -> GraphQLError:
    """A single query dearer than any plan allows."""
    return GraphQLError(
        f"Query cost is {cost}, which exceeds the single query max cost limit ({maximum}).\n\n"
        "See https://shopify.dev/concepts/about-apis/rate-limits for how the cost of a query is"
        " calculated. To query larger amounts of data, use bulk operations.",
        extensions={
            "code": "MAX_COST_EXCEEDED",
            "cost": cost,
            "maxCost": maximum,
            "documentation": "https://shopify.dev/api/usage/rate-limits",
        },
    )


def throttled() -> GraphQLError:
    """The bucket holds fewer points than the query asks for."""
    return GraphQLError(
        "Throttled",
        extensions={
            "code": "THROTTLED",
            "documentation": "https://shopify.dev/api/usage/rate-limits",
        },
    )


def internal_error(request_id: str) -> GraphQLError:
    """The store's own fault; the log has the rest under the same id."""
    return GraphQLError(
        "Internal error. Looks like something went wrong on our end.\n"
        f"Request ID: {request_id} (include this in support requests).",
        extensions={"code": "INTERNAL_SERVER_ERROR", "requestId": request_id},
    )
