"""Every shape that crosses a process boundary: topics, records, tables and how they are read and written."""
