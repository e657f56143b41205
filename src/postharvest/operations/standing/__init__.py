"""Where a sale stands: figures over all its orders, remembered where adding them up is dear."""
