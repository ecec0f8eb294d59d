"""What fits a shop best: values tried on its last month, and the evidence for those chosen."""
