"""What the simulator promises to software that was written for the venue."""
