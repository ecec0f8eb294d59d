"""What goes with each product, and bringing that to the pages of the shop."""
