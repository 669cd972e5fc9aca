"""A library in PostgreSQL with pgvector: any number of processes read and write it, on any number of machines."""
