"""One GraphQL request from its text to the answer: validate, price, throttle, execute.

HTTP is in `demo/store/app.py`; how fields get their values is in `resolvers.py`.
"""

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    MiddlewareManager,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)
from graphql.execution import get_variable_values

from nerdx_pipelines.demo.store.access import Access
from nerdx_pipelines.demo.store.bulk.operations import BulkOperations
from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.demo.store.errors import internal_error, max_cost_exceeded, throttled
from nerdx_pipelines.demo.store.graphql.cost import MAX_QUERY_COST, Cost, costs
from nerdx_pipelines.demo.store.graphql.denials import Denials
from nerdx_pipelines.demo.store.graphql.mutations import install
from nerdx_pipelines.demo.store.graphql.request import Request
from nerdx_pipelines.demo.store.graphql.resolvers import Execution, resolved
from nerdx_pipelines.demo.store.graphql.schema import SCHEMA, object_type
from nerdx_pipelines.demo.store.graphql.selection import Selections
from nerdx_pipelines.demo.store.throttle import Bucket
from nerdx_pipelines.demo.store.writes.idempotency import Idempotency

log = logging.getLogger(__name__)
install()


@dataclass(frozen=True)
class Executor:
    """Answers GraphQL requests on one store out of one bucket of points."""

    database: StoreDatabase
    bulk: BulkOperations
    bucket: Bucket
    writes: Idempotency

    def answer(
        self,
        text: str,
        variables: dict[str, Any],
        operation_name: str | None,
        base_url: str,
        request_id: str,
        version: str,
        access: Access,
    ) -> dict[str, Any]:
        """The JSON body of the answer; whatever goes wrong is in its `errors`."""
        document, errors = _document(text)
        operation = get_operation_ast(document, operation_name) if document else None
        if document is None or errors:
            return _failed(*errors)
        if operation is None:
            return _failed(GraphQLError("No operation named " + repr(operation_name)))
        coerced = get_variable_values(SCHEMA, operation.variable_definitions, variables)
        if isinstance(coerced, list):
            return _failed(*coerced)
        fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        selections = Selections(fragments, coerced)
        try:
            priced = costs(selections, operation)
            denials = _denials(access, selections, operation)
        except GraphQLError as error:
            return _failed(error)
        requested = sum(cost.requested() for cost in priced)
        if requested > MAX_QUERY_COST:
            return _failed(max_cost_exceeded(requested, MAX_QUERY_COST))
        if not self.bucket.take(requested):
            return _failed(throttled()) | {"extensions": self._cost(requested, None)}
        writing = operation.operation is OperationType.MUTATION
        # Each mutation is a transaction of its own, and what it answers is read after it.
        with self.database.cursor() if writing else self.database.reading() as cursor:
            request = Request(
                self.database, cursor, self.bulk, base_url, version, access, self.writes
            )
            result = execute_sync(
                SCHEMA,
                document,
                context_value=request,
                variable_values=variables,
                operation_name=operation_name,
                execution_context_class=Execution,
                field_resolver=resolved,
                middleware=MiddlewareManager(denials) if denials else None,
            )
        answer: dict[str, Any] = {"data": result.data}
        if errors := (*(result.errors or ()), *denials.withhold(result.data)):
            answer["errors"] = [_public(error, request_id) for error in errors]
        actual = _actual(priced, result.data, requested)
        self.bucket.give_back(requested - actual)
        answer["extensions"] = self._cost(requested, actual)
        if request.searches:
            answer["extensions"]["search"] = request.searches
        return answer

    def _cost(self, requested: int, actual: int | None) -> dict[str, Any]:
        return {
            "cost": {
                "requestedQueryCost": requested,
                "actualQueryCost": actual,
                "throttleStatus": self.bucket.status(),
            }
        }


@lru_cache(maxsize=256)
def _document(text: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    try:
        document = parse(text)
    except GraphQLError as error:
        return None, (error,)
    return document, tuple(validate(SCHEMA, document))


def _denials(access: Access, selections: Selections, operation: OperationDefinitionNode) -> Denials:
    writes = operation.operation is OperationType.MUTATION
    root = object_type("Mutation" if writes else "QueryRoot")
    fields = selections.top(root, operation.selection_set.selections)
    return Denials.of(access, selections, root, fields)


def _actual(priced: tuple[Cost, ...], data: dict[str, Any] | None, requested: int) -> int:
    if data is None:
        return requested
    return min(requested, sum(cost.actual(data) for cost in priced))


def _failed(*errors: GraphQLError) -> dict[str, Any]:
    return {"errors": [error.formatted for error in errors]}


def _public(error: GraphQLError, request_id: str) -> dict[str, Any]:
    fault = error.original_error
    if fault is None or isinstance(fault, GraphQLError):
        return dict(error.formatted)
    log.error("Request %s failed", request_id, exc_info=fault)
    return dict(internal_error(request_id).formatted)
