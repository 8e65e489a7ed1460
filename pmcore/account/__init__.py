"""What is ours: orders, inventory, profit and loss, risk."""
