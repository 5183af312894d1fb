"""What is written about the event types: pages and stubs, made from the registry and never by hand."""
