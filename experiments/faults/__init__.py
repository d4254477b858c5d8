"""What a run store is put through: killed processes, full disks, failing writes."""
