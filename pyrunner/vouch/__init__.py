"""What the SVSMs of a cell's VMs vouched for: role measurement's answers, verified and kept."""
