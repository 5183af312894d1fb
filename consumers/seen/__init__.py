"""Who saw an event of evidence or an alert: to whom it was handed, and who acknowledged it."""
