"""Everything there is of a resource, by pages or bulk operations, into JSONL files."""
