"""What goes through the hub just now: topics seen lately, and the way of single events while somebody traces them."""
