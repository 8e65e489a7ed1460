"""What is ours in one window: trades, inventory with its profit and loss, worst-case exposure."""
