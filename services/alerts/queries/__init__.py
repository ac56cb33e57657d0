"""All SQL of alerts, a module for each group of tables. Nobody here opens or commits a transaction."""
