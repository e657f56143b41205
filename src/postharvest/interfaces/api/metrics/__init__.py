"""What a monitoring system reads: Prometheus metrics of the site and of what waits behind it."""
