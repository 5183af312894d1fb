"""Samplers of the host's load: processors, memory, disks, network, and the hub's own throughput."""
