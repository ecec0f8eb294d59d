"""How good recommendations are: judged by purchases that they did not know."""
